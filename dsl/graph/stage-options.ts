/**
 * What the stages of a pipeline are told, as plain data with every default filled in: networks, data, optimizers and schedules, criteria,
 * ways to distil. It prints, diffs, hashes and crosses process boundaries.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A built-in part named in the standard library's registry, with its options. */
export interface Spec {
  readonly name: string
  readonly options: { readonly [key: string]: Json }
}

/** A data set: what it is, and where its files are, which is no part of any key. */
export interface DataSpec extends Spec {
  /** A folder or file, for data sets that are read from one. Relative to the working directory. */
  readonly from?: string
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
  | { readonly kind: 'linear'; readonly lr: number; readonly to: number }
  /** Up from lr/25 over `rise` of the horizon, then down to lr/250,000, both as half a cosine (Smith & Topin, 2019, as in PyTorch). */
  | { readonly kind: 'oneCycle'; readonly lr: number; readonly rise: number }
  | { readonly kind: 'warmup'; readonly epochs: number; readonly schedule: ScheduleSpec }

export type OptimizerSpec =
  | {
      readonly kind: 'sgd'
      readonly lr: ScheduleSpec
      readonly momentum: number
      readonly nesterov: boolean
      readonly weightDecay: number
      /** Default `'all'`. */
      readonly decay?: Decayed
    }
  | { readonly kind: 'adam'; readonly lr: ScheduleSpec; readonly beta1: number; readonly beta2: number; readonly epsilon: number }
  | {
      readonly kind: 'adamw'
      readonly lr: ScheduleSpec
      readonly beta1: number
      readonly beta2: number
      readonly epsilon: number
      /** Decoupled: w ← w − lr · weightDecay · w. */
      readonly weightDecay: number
      readonly decay?: Decayed
    }

/** Weight decay of all parameters, or of kernels alone. */
export type Decayed = 'all' | 'kernels'

/** A user's function: its name, for people, and the fingerprint of its meaning. */
export interface FunctionRef {
  readonly name: string
  readonly fingerprint: string
}

export interface InitOptions {
  readonly model: Spec
  readonly seed: number
}

export interface TrainOptions {
  readonly data: DataSpec
  readonly optimizer: OptimizerSpec
  /** Examples a step; the last partial batch of an epoch is dropped. */
  readonly batch: number
  /** The horizon of the schedule, in epochs; training ends there. */
  readonly epochs: number
  /** Where training starts, in epochs: 0, or the epoch of the snapshot that was rewound to. */
  readonly from: number
  /** Where it starts in steps of the horizon, when `from` (0 then) cannot say it. */
  readonly fromStep?: number
  /** Decides data order, dropout and noise. */
  readonly seed: number
  /** Prunes in the course of the training. Options that are not given are not in the key. */
  readonly pruning?: GradualPruning
  /** ε of smoothed labels, in (0, 1). */
  readonly labelSmoothing?: number
  /** Largest norm of the gradient over all parameters together. */
  readonly clipNorm?: number
  /** Strength of an L1 penalty on batch norm's scales (network slimming). */
  readonly gammaL1?: number
  /** Decay of the mean of the weights over the steps, which is the result, in (0, 1). */
  readonly ema?: number
  /** Products in bfloat16. Absent: float32. */
  readonly precision?: 'mixed'
  /** Whether steps are compiled with XLA. Absent: as the run says. Not a part of the key: only the last bits depend on it. */
  readonly xla?: boolean
  /** Steps between measurements of the validation loss, whose lowest point is recorded. */
  readonly earlyStop?: number
  /** What is done to the images of a step, in order. */
  readonly augment?: readonly AugmentationSpec[]
}

/** Of the images of a training. */
export type AugmentationSpec =
  | { readonly kind: 'flip' }
  | { readonly kind: 'padCrop'; readonly pixels: number }
  | { readonly kind: 'cutout'; readonly size: number }

/** A number of steps, or of epochs, whose steps the data decide. */
export type Period = number | { readonly epochs: number }

export interface GradualPruning {
  /** `sparsity` is that at the end. */
  readonly options: PruneOptions
  readonly schedule: SparsitySchedule
  /** Between two changes of the masks. */
  readonly every: Period
  /**
   * `freeze`: what is removed stays removed (Zhu & Gupta, 2017); `feedback`: the dense weights go on learning from the gradient
   * at the masked ones (Lin et al., 2020); `soft`: removed weights are set to zero and go on from there (He et al., 2018); `recover`:
   * removed weights wait beside the network without a gradient, and return with the value they had when others fall below it.
   */
  readonly mode: 'freeze' | 'feedback' | 'soft' | 'recover'
  /** The masks change once more where the ramp ends and never after. Default: until the end of the training. */
  readonly refresh?: 'ramp'
}

/** The fraction removed at a point of the training: `from` until `begin`, the whole from `end` on; both are fractions of the horizon. */
export interface SparsitySchedule {
  readonly kind: 'cubic' | 'linear' | 'constant'
  readonly from: number
  readonly begin: number
  readonly end: number
}

/** What decides which weights go: those with the smallest score. Filters and slimming remove whole output channels. */
export type Criterion =
  | { readonly kind: 'magnitude' }
  | { readonly kind: 'random'; readonly seed: number }
  /** |w · ∂L/∂w| over `batches` batches of training data (Lee et al., 2019). */
  | { readonly kind: 'gradient'; readonly data: DataSpec; readonly batch: number; readonly batches: number; readonly seed: number }
  /** −Σ w · ∂L/∂w over the training (Sanh et al., 2020); only in the course of one. */
  | { readonly kind: 'movement' }
  | { readonly kind: 'filterL1' }
  | { readonly kind: 'filterL2' }
  | { readonly kind: 'slimming' }
  | { readonly kind: 'custom'; readonly fn: FunctionRef }

export interface PruneOptions {
  readonly criterion: Criterion
  /** One ranking over all prunable weights, one over convolutions and one over linear layers, or one a layer. */
  readonly scope: 'global' | 'group' | 'layer'
  /** Fraction removed, in [0, 1): one number, or one a layer (layers not named are left alone). */
  readonly sparsity: number | { readonly [layer: string]: number }
  /** Whether the fraction counts the weights still alive, or all prunable ones. */
  readonly of: 'remaining' | 'all'
  readonly exclude: readonly string[]
  /** The first layer: pruned like the others (default), or not at all. */
  readonly firstLayer?: 'same' | 'keep'
  /** The output layer: pruned like the others, at half the rate (scope 'layer' only), or not at all. */
  readonly outputLayer: 'same' | 'half' | 'keep'
  /** Weights (channels, of whole filters) left in every layer at least: beyond it the layer's best are kept. Default: 0, a layer that would be empty is an error. */
  readonly minimum?: number
}

export interface ReinitOptions {
  readonly seed: number
  /** Masks are shuffled within each layer: as many weights removed, elsewhere. Default false. */
  readonly shuffleMask?: boolean
  /** `'keep'` leaves the weights as they are. Default `'fresh'`. */
  readonly weights?: 'fresh' | 'keep'
  /** Kernels are drawn from N(0, 2/n), n the weights left for each unit, or for each input. Default: as the network's first ones. */
  readonly he?: 'fanIn' | 'fanOut'
}

/** A step on the images away from their class, up to `step` · √D in norm, D numbers an image; `none` leaves them. */
export interface Perturbation {
  readonly kind: 'none' | 'tdivSdiv' | 'ods' | 'confOds' | 'gaussian'
  /** In units of a pixel's range, e.g. 1/255. */
  readonly step: number
}

export type DistillMethod =
  | {
      readonly kind: 'kd'
      /** τ > 0. */
      readonly temperature: number
      /** Weight of the distillation term, in [0, 1]: (1 − α)·CE + α·τ²·KL. */
      readonly alpha: number
    }
  /** CE + β · MSE(r(student's map), teacher's map), r a learned 1 × 1 convolution (Romero et al., 2015). */
  | { readonly kind: 'fitnet'; readonly student: string; readonly teacher: string; readonly beta: number }
  /** The projector's width is the teacher's channels / `factor` (Chen et al., 2022). */
  | {
      readonly kind: 'simkd'
      readonly factor: number
      /** `'labels'`: the control that has the projector and a classifier of its own, and learns from labels alone. Default `'features'`. */
      readonly learn?: 'labels'
    }
  | { readonly kind: 'latentBE'; readonly temperature: number; readonly alpha: number; readonly perturbation: Perturbation }
  | { readonly kind: 'custom'; readonly fn: FunctionRef }

export interface DistillOptions extends TrainOptions {
  readonly method: DistillMethod
}

/** A stage of the user's: weights in, weights out. */
export interface CustomOptions {
  readonly name: string
  readonly fn: FunctionRef
  /** Given to the function. */
  readonly options: { readonly [key: string]: Json }
}

export interface InterpolateOptions {
  /** The place on the line: 0 is `model`, 1 is `to`. */
  readonly at: number
}

export interface ExportOptions {
  /** Weights by name in one file, or a folder with a model.json for tf.loadLayersModel. */
  readonly format: 'safetensors' | 'tfjs'
  /** Below the project's folder, with forward slashes: a file that ends in .safetensors, or the folder of a model.json. */
  readonly path: string
}

export interface MergeOptions {
  /** The one member to keep, from 0. Absent: all, by the means of their factors. */
  readonly member?: number
}

export interface RecalibrateOptions {
  readonly data: DataSpec
  readonly batch: number
  /** Batches of training data that the statistics are the mean of. */
  readonly batches: number
  readonly seed: number
}

export interface NoOptions {
  readonly [key: string]: never
}

export interface EvaluateOptions {
  readonly data: DataSpec
  readonly splits: readonly ('validation' | 'test')[]
}
