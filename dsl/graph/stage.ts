/**
 * The compiled form of a pipeline: stages as plain data that print, diff, hash and cross process boundaries.
 * `compile.ts` makes it, the planner reads it, workers run it. Nothing here knows a tensor, a file or a process.
 */

import type { SourceLocation } from '../check/at.ts'
import type {
  CustomOptions,
  DistillOptions,
  EvaluateOptions,
  ExportOptions,
  InitOptions,
  InterpolateOptions,
  MergeOptions,
  NoOptions,
  PruneOptions,
  RecalibrateOptions,
  ReinitOptions,
  TrainOptions,
} from './stage-options.ts'

/** The output of a stage: its model, or the weights it kept at the end of an `epoch` or after a `step`, both counted over its horizon. */
export interface StageRef {
  readonly stage: string
  readonly epoch?: number
  readonly step?: number
}

/** What a stage asks of the machine; the scheduler heeds it, and what is computed does not depend on it. */
export interface StageResources {
  /** Absent: as the run says. */
  readonly device?: 'cpu' | 'gpu'
  /** Bytes of the machine's memory that it takes at most. Absent: as estimated. */
  readonly memory?: number
}

interface StageBase {
  /** Unique within the graph; equal expressions share one stage. Not part of any key. */
  readonly id: string
  /** Where it stands in the pipeline, for people: `seed=0/hybrid/train#2`. */
  readonly path: string
  /** The verb the user wrote (`finetune` is a stage of kind `train`). */
  readonly verb: string
  readonly at?: SourceLocation
  /** Not part of any key. */
  readonly resources?: StageResources
}

/** The unit of caching. `inputs` are named by the role they play. */
export type Stage = StageBase &
  (
    | { readonly kind: 'init'; readonly options: InitOptions; readonly inputs: { readonly [role: string]: never } }
    | { readonly kind: 'train'; readonly options: TrainOptions; readonly inputs: { readonly model: StageRef } }
    | { readonly kind: 'prune'; readonly options: PruneOptions; readonly inputs: { readonly model: StageRef } }
    | {
        readonly kind: 'rewind'
        readonly options: NoOptions
        readonly inputs: { readonly model: StageRef; readonly to: StageRef }
      }
    | {
        readonly kind: 'reinit'
        readonly options: ReinitOptions
        /** `signs` are the weights whose signs the kernels take. Absent: signs are drawn too. */
        readonly inputs: { readonly model: StageRef; readonly signs?: StageRef }
      }
    /** (1 − at) · model + at · to of all weights, running statistics included. */
    | {
        readonly kind: 'interpolate'
        readonly options: InterpolateOptions
        readonly inputs: { readonly model: StageRef; readonly to: StageRef }
      }
    /** Drops the masks; the weights that were removed are zero and may train again. */
    | { readonly kind: 'dense'; readonly options: NoOptions; readonly inputs: { readonly model: StageRef } }
    /** Removes what whole-channel masks hide: a smaller network that computes the same. */
    | { readonly kind: 'shrink'; readonly options: NoOptions; readonly inputs: { readonly model: StageRef } }
    /** Running statistics of batch norm for the weights as they are. */
    | { readonly kind: 'recalibrate'; readonly options: RecalibrateOptions; readonly inputs: { readonly model: StageRef } }
    /** The members of a batch ensemble as one network, or one of them. */
    | { readonly kind: 'merge'; readonly options: MergeOptions; readonly inputs: { readonly model: StageRef } }
    | {
        readonly kind: 'distill'
        readonly options: DistillOptions
        /** `teacher2`, `teacher3`, … are the others of an ensemble. */
        readonly inputs: { readonly model: StageRef; readonly teacher: StageRef; readonly [teacher: `teacher${number}`]: StageRef }
      }
    | { readonly kind: 'custom'; readonly options: CustomOptions; readonly inputs: { readonly model: StageRef } }
    | { readonly kind: 'export'; readonly options: ExportOptions; readonly inputs: { readonly model: StageRef } }
    | {
        readonly kind: 'evaluate'
        readonly options: EvaluateOptions
        /**
         * `model2`, `model3`, … are the others of an ensemble, whose predictions are averaged. `teacher`, `teacher2`, … are what the network
         * learned from last, if anything.
         */
        readonly inputs: {
          readonly model: StageRef
          readonly [model: `model${number}`]: StageRef
          readonly teacher?: StageRef
          readonly [teacher: `teacher${number}`]: StageRef
        }
      }
  )

export type StageKind = Stage['kind']

/** One line of results: the labels that lead to it (`[{ axis: 'seed', value: '0' }, { axis: 'arm', value: 'hybrid' }]`) and its stages. */
export interface Arm {
  readonly path: string
  readonly labels: readonly { readonly axis: string; readonly value: string }[]
  /** The stage whose model is this arm's result; of an ensemble, that of its first member. */
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

/** All stages of the chosen targets, every input before its user. */
export interface Graph {
  readonly stages: readonly Stage[]
  readonly targets: readonly Target[]
}
