/**
 * The compiled form of a pipeline: stages as plain data that print, diff, hash and cross process boundaries.
 * `compile.ts` makes it, the planner reads it, workers run it. Nothing here knows a tensor, a file or a process.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A built-in part named in the standard library's registry, with its options. */
export interface Spec {
  readonly name: string
  readonly options: { readonly [key: string]: Json }
}

/** Learning rate as a pure function of the step; `lr` is the peak. Fractions are of the horizon, from 0 to 1. */
export type ScheduleSpec =
  | { readonly kind: 'constant'; readonly lr: number }
  | {
      readonly kind: 'step'
      readonly lr: number
      readonly factor: number
      readonly at: { readonly epochs: readonly number[] } | { readonly fractions: readonly number[] }
    }
  | { readonly kind: 'cosine'; readonly lr: number; readonly to: number }
  | { readonly kind: 'warmup'; readonly epochs: number; readonly schedule: ScheduleSpec }

export type OptimizerSpec =
  | { readonly kind: 'sgd'; readonly lr: ScheduleSpec; readonly momentum: number; readonly nesterov: boolean; readonly weightDecay: number }
  | { readonly kind: 'adam'; readonly lr: ScheduleSpec; readonly beta1: number; readonly beta2: number; readonly epsilon: number }

export interface InitOptions {
  readonly model: Spec
  readonly seed: number
}

export interface TrainOptions {
  readonly data: Spec
  readonly optimizer: OptimizerSpec
  /** Examples a step; the last partial batch of an epoch is dropped. */
  readonly batch: number
  /** The horizon of the schedule, in epochs; training ends there. */
  readonly epochs: number
  /** Where training starts, in epochs: 0, or the epoch of the snapshot that was rewound to. */
  readonly from: number
  /** Decides data order, dropout and noise. */
  readonly seed: number
}

export interface PruneOptions {
  readonly criterion: { readonly kind: 'magnitude' }
  /** One ranking over all prunable weights, or one a layer. */
  readonly scope: 'global' | 'layer'
  /** Fraction removed, in [0, 1): one number, or one a layer (layers not named are left alone). */
  readonly sparsity: number | { readonly [layer: string]: number }
  /** Whether the fraction counts the weights still alive, or all prunable ones. */
  readonly of: 'remaining' | 'all'
  readonly exclude: readonly string[]
  /** The output layer: pruned like the others, at half the rate (scope 'layer' only), or not at all. */
  readonly outputLayer: 'same' | 'half' | 'keep'
}

export interface ReinitOptions {
  readonly seed: number
}

export type DistillMethod = {
  readonly kind: 'kd'
  /** τ > 0. */
  readonly temperature: number
  /** Weight of the distillation term, in [0, 1]: (1 − α)·CE + α·τ²·KL. */
  readonly alpha: number
}

export interface DistillOptions extends TrainOptions {
  readonly method: DistillMethod
}

export interface EvaluateOptions {
  readonly data: Spec
  readonly splits: readonly ('validation' | 'test')[]
}

/** Where in the user's source a verb was called. Lines and columns count from 1. */
export interface SourceLocation {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** The output of a stage: its model, or with `epoch` the weights it kept at that epoch's end. */
export interface StageRef {
  readonly stage: string
  readonly epoch?: number
}

interface StageBase {
  /** Unique within the graph; equal expressions share one stage. Not part of any key. */
  readonly id: string
  /** Where it stands in the pipeline, for people: `seed=0/hybrid/train#2`. */
  readonly path: string
  /** The verb the user wrote (`finetune` is a stage of kind `train`). */
  readonly verb: string
  readonly at?: SourceLocation
}

/** The unit of caching. `inputs` are named by the role they play. */
export type Stage = StageBase &
  (
    | { readonly kind: 'init'; readonly options: InitOptions; readonly inputs: { readonly [role: string]: never } }
    | { readonly kind: 'train'; readonly options: TrainOptions; readonly inputs: { readonly model: StageRef } }
    | { readonly kind: 'prune'; readonly options: PruneOptions; readonly inputs: { readonly model: StageRef } }
    | {
        readonly kind: 'rewind'
        readonly options: { readonly [key: string]: never }
        readonly inputs: { readonly model: StageRef; readonly to: StageRef }
      }
    | { readonly kind: 'reinit'; readonly options: ReinitOptions; readonly inputs: { readonly model: StageRef } }
    | {
        readonly kind: 'distill'
        readonly options: DistillOptions
        readonly inputs: { readonly model: StageRef; readonly teacher: StageRef }
      }
    | { readonly kind: 'evaluate'; readonly options: EvaluateOptions; readonly inputs: { readonly model: StageRef } }
  )

export type StageKind = Stage['kind']

/** One line of results: the labels that lead to it (`[{ axis: 'seed', value: '0' }, { axis: 'arm', value: 'hybrid' }]`) and its stages. */
export interface Arm {
  readonly path: string
  readonly labels: readonly { readonly axis: string; readonly value: string }[]
  /** The stage whose model is this arm's result. */
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
