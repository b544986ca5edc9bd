/**
 * The compiled form of a pipeline: stages as plain data that can be printed, diffed, hashed and sent to other processes. `compile.ts`
 * creates it, the planner reads it, workers run it. It contains no tensors, files or processes.
 */

import type { SourceLocation } from '../check/at.ts'
import { type kinds, type OptionsOf, type StageKind, type TrainingKind, trains } from './stage-options.ts'

export type { StageKind } from './stage-options.ts'

/** The output of a stage: its model, or the weights it kept at the end of an `epoch` or after a `step`, both counted over its horizon. */
export interface StageRef {
  readonly stage: string
  readonly epoch?: number
  readonly step?: number
}

/** What a stage requests from the machine, for the scheduler. The result does not depend on it. */
export interface StageResources {
  /** Absent: the run's device. */
  readonly device?: 'cpu' | 'gpu'
  /** An upper limit on main memory, in bytes. Absent: an estimate. */
  readonly memory?: number
  /** For runs on Slurm. */
  readonly slurm?: SlurmResources
}

/** In sbatch's format. Absent: the run's options. */
export type SlurmResources = {
  readonly partition?: string
  readonly account?: string
  readonly time?: string
  readonly gres?: string
  /** Further options, `--name=value`. */
  readonly options?: readonly string[]
}

interface StageBase {
  /** Unique within the graph; equal expressions share one stage. Not part of any key. */
  readonly id: string
  /** Its path in the pipeline, for display: `seed=0/hybrid/train#2`. */
  readonly path: string
  /** The verb the user wrote (`finetune` is a stage of kind `train`). */
  readonly verb: string
  readonly at?: SourceLocation
  /** Not part of any key. */
  readonly resources?: StageResources
}

type Inputs<R, V> = {
  readonly [role in keyof R as R[role] extends 'one' | 'several' ? role : never]: V
} & { readonly [role in keyof R as R[role] extends 'optional' | 'any' ? role : never]?: V } & {
  readonly [role in keyof R as R[role] extends 'several' | 'any' ? `${role & string}${number}` : never]: V
}

/** By role; further inputs with the same role are numbered. */
export type InputsOf<K extends StageKind, V> = keyof (typeof kinds)[K]['roles'] extends never
  ? { readonly [role: string]: never }
  : Inputs<(typeof kinds)[K]['roles'], V>

interface StageOf<K extends StageKind> extends StageBase {
  readonly kind: K
  readonly options: OptionsOf<K>
  readonly inputs: InputsOf<K, StageRef>
}

/** The unit of caching. `inputs` are named by the role they play. */
export type Stage = { [K in StageKind]: StageOf<K> }[StageKind]

export type Training = Extract<Stage, { kind: TrainingKind }>
export const isTraining = (stage: Stage): stage is Training => trains(stage.kind)

export interface Label {
  readonly axis: string
  readonly value: string
  /** Whether the study declares it as the baseline. */
  readonly baseline?: true
}

/** One line of results: the labels that lead to it (`[{ axis: 'seed', value: '0' }, { axis: 'arm', value: 'hybrid' }]`) and its stages. */
export interface Arm {
  readonly path: string
  readonly labels: readonly Label[]
  /** The stage whose model is this arm's result; for an ensemble, that of its first member. */
  readonly model: string
  /** The evaluate stage that measures it. */
  readonly metrics: string
}

/** An exported pipeline or study. */
export interface Target {
  /** The export's name; `default` for the default export. */
  readonly name: string
  readonly arms: readonly Arm[]
}

/** All stages of the chosen targets, in topological order. */
export interface Graph {
  readonly stages: readonly Stage[]
  readonly targets: readonly Target[]
}
