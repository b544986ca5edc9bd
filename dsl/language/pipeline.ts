import type { target } from '../check/target.ts'
import type { Because, Why, WhyRewind } from '../check/why.ts'
import type { ExportExpr, PipelineExpr, Position } from '../graph/expr.ts'
import type { MergeOptions, Period } from '../graph/stage-options.ts'
import type { Arch, BatchEnsemble, HasBatchNorm } from '../parts/arch.ts'
import type { Distiller } from '../parts/distiller.ts'
import type { Fraction, Mask, PerLayer, Pruner } from '../parts/pruner.ts'
import type { Regrowth } from '../parts/regrowth.ts'
import type { Schedule, Times } from '../parts/schedule.ts'
import type { Pace, SparsitySchedule } from '../parts/sparsity.ts'
import type { Export } from '../verbs/export.ts'
import type { Weights } from '../verbs/facts.ts'
import type { Recalibration } from '../verbs/recalibrate.ts'
import type { Computing, Regularisation, Training } from '../verbs/training.ts'

/** Options of `train()`. `Kept`: the names of its snapshots. */
export interface TrainingWithSnapshots<Kept extends string = never> extends Training {
  /**
   * Keeps the weights at the end of these epochs, or after these steps, for `rewind()`: `{ early: 2, earlier: { step: 500 } }`. 1 up to
   * `epochs`.
   */
  readonly keep?: { readonly [K in Kept]: number | Position }
}

/** Options of `finetune()`: those of a training, with a different default learning rate. */
export type FinetuneOptions = Regularisation &
  Computing & {
    /** Default: the task's. */
    readonly epochs?: number
    /** Default: the pipeline's seed. */
    readonly seed?: number
  } & (
    | {
        /** Default: a tenth of the task's peak rate, constant. `{ times: 0.01 }` is another multiple. */
        readonly lr?: number | Schedule | Times
      }
    | {
        /** Repeats the task's schedule: learning-rate rewinding (Renda et al., 2020). */
        readonly lr: 'rewind'
        /** The epoch of the schedule, and of the data order, to start at. From 0 up to but not including `epochs`, default 0. */
        readonly from?: number
      }
  )

/** Options of pruning during training, in addition to the schedule. */
export type GradualOptions = Training & {
  /** Steps between two changes of the masks, or `{ epochs: 1 }`. 1 or more, default 100 steps. */
  readonly every?: Period
} & (
    | {
        /**
         * `'freeze'`: removed weights stay removed (Zhu & Gupta, 2017). `'soft'`: they are set to zero when the masks change, continue to
         * train from zero, and may return (He et al., 2018). `'recover'`: they are stored outside the network and receive no gradient of
         * the loss; remaining momentum and weight decay still change them, and they return when others fall below them. Default `'freeze'`.
         */
        readonly mode?: 'freeze' | 'soft' | 'recover'
        /**
         * For whole channels with `mode: 'soft'`. `'kernels'` (default, the code of He et al., 2018): during training only the kernels of a
         * removed channel are zero, so they still receive a gradient, and its batch norm still produces a constant, which `shrink()` adds
         * to the layers that read it. `'silent'`: all parameters of the channel are zero, so none receives a gradient.
         */
        readonly channels?: 'kernels' | 'silent'
        readonly regrow?: never
      }
    | {
        /**
         * Dynamic sparse training of single weights. Each change of the masks first prunes to the scheduled sparsity, then removes more
         * weights of each layer and grows as many elsewhere in it, from zero and without momentum. Between two changes, removed weights do
         * not change. With `throughout()` the number of weights is constant.
         */
        readonly mode: 'regrow'
        /** How many weights are replaced, and which grow. Default: as in RigL. */
        readonly regrow?: Regrowth
        readonly channels?: never
      }
  )

/** When weights are removed. Training options apply only to pruning during training. */
export type Pruning<P extends Pace> = {
  /** `oneShot()`, or how the sparsity grows during training: `cubic()`, `linear()`, `throughout()`. Default: at once. */
  readonly schedule: SparsitySchedule<P>
} & {
  readonly 'at once': unknown
  readonly 'during training': GradualOptions
}[P]

/** Options of `dpf()`, including those of a training. */
export interface FeedbackOptions extends Training {
  /** How the sparsity grows. Default `cubic()`, up to three quarters of the training. */
  readonly schedule?: SparsitySchedule<'during training'>
  /** Steps between two changes of the masks, or `{ epochs: 1 }`. 1 or more, default 16 steps; use 1 to 4 in short trainings. */
  readonly every?: Period
  /**
   * How long the masks change: until the end of the training, or until the end of the ramp, where they change once more. Default
   * `'training'`.
   */
  readonly refresh?: 'training' | 'ramp'
  /** For whole channels, as in `prune()` with `mode: 'soft'`. Default `'kernels'`. */
  readonly channels?: 'kernels' | 'silent'
}

/** New initial weights, or permuted masks; weights can be kept only if the masks are permuted. */
export type ReinitOptions<F extends 'fresh' | 'keep', K extends string> = (
  | {
      /** Default: the pipeline's + 1,000,000. */
      readonly seed?: number
      readonly draw?: never
    }
  | {
      readonly seed?: never
      /** The index of a draw from the pipeline's seed. 0 (default) or more: the seed is the pipeline's + 1,000,000 · (draw + 1). */
      readonly draw?: number
    }
) &
  {
    readonly fresh: {
      /** Whether the mask is randomly permuted within each layer. Default false. */
      readonly shuffleMask?: boolean
      /** `'fresh'`: new weights; `'keep'`, only with `shuffleMask: true`: the current ones. Default `'fresh'`. */
      readonly weights?: 'fresh'
      /**
       * Draws kernels from N(0, 2/n), n the average number of unmasked weights per unit (`'fanIn'`) or per input (`'fanOut'`, as in the
       * code of Liu et al., 2019).
       */
      readonly he?: 'fanIn' | 'fanOut'
      /**
       * The snapshot that provides the signs of the kernels, for example `'init'`; only the magnitudes are drawn (Zhou et al., 2019).
       * Default: the signs are drawn too.
       */
      readonly signs?: K
    }
    readonly keep: { readonly shuffleMask: true; readonly weights: 'keep' }
  }[F] & { readonly weights?: F }

/** The snapshot that a rewind requires: the first training is known as long as the initial weights are. */
type SnapshotOf<N extends string | Position> = N extends string ? N : 'init'

/** A trained or untrained network as a teacher or member: what it predicts, and how many networks it consists of. */
export interface Predictor<out A extends Arch, out W extends Weights, out N extends number> {
  readonly [predicts]: { readonly a: A; readonly w: W; readonly n: N }
}
declare const predicts: unique symbol

/** A pipeline that ends by writing a file. No verb can follow. */
export interface Artifact {
  readonly [target]: 'artifact'
  readonly node: ExportExpr
}

/**
 * A pipeline: an immutable value. Creating it runs nothing; every verb returns a new pipeline.
 *
 * A verb can require a fact but never forbid one, so a pipeline with more facts is valid wherever fewer are required.
 *
 * @typeParam A the architecture
 * @typeParam W `'fresh'` or `'trained'` weights
 * @typeParam M the active masks; `never` when dense
 * @typeParam K the snapshots to rewind to
 */
export interface Pipeline<out A extends Arch, out W extends Weights, in M extends Mask, in K extends string> extends Predictor<A, W, 1> {
  readonly [target]: 'pipeline'
  readonly [facts]: { readonly a: A; readonly w: W; readonly m: (m: M) => void; readonly k: (k: K) => void }
  readonly node: PipelineExpr

  /** Trains from the current weights. After a rewind into a training, starts at that point of the schedule. */
  train<N extends string = never>(options?: TrainingWithSnapshots<N>): Pipeline<A, 'trained', M, K | NoInfer<N>>

  /** Continues to train trained weights, by default at a tenth of the task's peak learning rate, constant. */
  finetune(this: Because<Why<'finetune'>> & Pipeline<A, 'trained', M, K>, options?: FinetuneOptions): Pipeline<A, 'trained', M, K>

  /**
   * Removes weights: a fraction of the remaining ones (by magnitude, over the whole network), a fraction for each layer, or by a pruner.
   * With `{ schedule: cubic() }` it prunes during training.
   */
  prune<N extends number, L extends Mask = 'unstructured', P extends Pace = 'at once'>(
    how: Fraction<N> | PerLayer<A> | Pruner<A, L, NoInfer<P>>,
    options?: Pruning<P>,
  ): Pipeline<A, { readonly 'at once': W; readonly 'during training': 'trained' }[NoInfer<P>], M | NoInfer<L>, K>

  /** Dynamic pruning with feedback (Lin et al., 2020): removed weights continue to train in a dense copy, and may return. */
  dpf<N extends number, L extends Mask = 'unstructured'>(
    how: Fraction<N> | PerLayer<A> | Pruner<A, L, 'during training'>,
    options?: FeedbackOptions,
  ): Pipeline<A, 'trained', M | NoInfer<L>, K>

  /** Restores the weights of a snapshot (default: the initial weights), or of a point in the first training, and keeps the mask. */
  rewind<N extends string | Position = 'init'>(
    this: Because<WhyRewind<SnapshotOf<N>>> & Pipeline<A, 'trained', M, SnapshotOf<NoInfer<N>>>,
    to?: N | K,
  ): Pipeline<A, 'fresh', M, K>

  /** Draws new initial weights and keeps the mask, or permutes the mask within each layer. Default seed: the pipeline's + 1,000,000. */
  reinit<F extends 'fresh' | 'keep' = 'fresh'>(
    this: Because<Why<'reinit'>> & Pipeline<A, 'trained', M, K>,
    options?: number | ReinitOptions<F, K>,
  ): Pipeline<A, { readonly fresh: 'fresh'; readonly keep: 'trained' }[NoInfer<F>], M, K>

  /**
   * Interpolates linearly between this network and another of the same task: (1 − at) · these weights + at · the others, including batch
   * norm's running statistics. Both must have the same masks. For linear mode connectivity (Frankle et al., 2020).
   * @param at from 0 (these weights) to 1 (the others)
   */
  interpolate(
    this: Because<Why<'interpolate'>> & Pipeline<A, 'trained', M, K>,
    other: Because<Why<'interpolate'>> & Predictor<NoInfer<A>, 'trained', 1>,
    at: number,
  ): Pipeline<A, 'trained', M, K>

  /** Lifts the mask: removed weights start at zero and train again. */
  dense(this: Because<Why<'dense'>> & Pipeline<A, W, 'unstructured', K>): Pipeline<A, W, never, K>

  /** Removes masked channels, which gives a smaller network with the same output. Earlier snapshots no longer fit. */
  shrink(this: Because<Why<'shrink'>> & Pipeline<A, W, 'structured', K>): Pipeline<A, W, never, never>

  /** Names the current weights, so that rewind() can restore them. */
  snapshot<N extends string>(name: N): Pipeline<A, W, M, K | NoInfer<N>>

  /** Trains on the predictions of a trained teacher or of an ensemble. The default method is `kd()`. */
  distill<T extends Arch & { readonly classes: A['classes'] }, N extends number, S extends string = string>(
    teacher: Because<Why<'distill'>> & Predictor<T, 'trained', N>,
    method?: Distiller<A & { readonly teachers: NoInfer<N> }, NoInfer<T>, S>,
    options?: Training,
  ): Pipeline<A, 'trained', M, K & NoInfer<S>>

  /**
   * Recomputes batch norm's running statistics for the current weights, as the mean over batches of training data. Use it after a training
   * with `ema`, pruning without training, `interpolate()` or `mergeMembers()`. Weights, masks and snapshots stay.
   */
  recalibrate(this: Because<Why<'recalibrate'>> & Pipeline<Arch & HasBatchNorm, W, M, K>, options?: Recalibration): Pipeline<A, W, M, K>

  /**
   * Merges the members of a batch ensemble into one network by averaging their factors (Nam et al., 2022). `{ member: 0 }` extracts one
   * member; `ensemble(4, (member) => members.mergeMembers({ member }))` predicts as the batch ensemble does.
   */
  mergeMembers<B extends Arch>(
    this: Because<Why<'mergeMembers'>> & Pipeline<BatchEnsemble<B, number>, 'trained', M, K>,
    options?: MergeOptions,
  ): Pipeline<B, 'trained', never, never>

  /** Evaluates the network on validation and test data and passes it on. The end of a pipeline is evaluated anyway. */
  evaluate(): Pipeline<A, W, M, K>

  /** Writes the network to a file inside the project's folder. Ends the pipeline. */
  export(this: Because<Why<'export'>> & Pipeline<A, 'trained', M, K>, options: Export): Artifact

  /** Repeats a round. Each round must preserve the facts it was given. */
  repeat<P extends Pipeline<Arch, Weights, never, never>, R extends P>(
    this: P,
    rounds: number,
    round: (p: P) => R & Because<Why<'repeat'>>,
  ): R

  /** Applies your own function. */
  pipe<R>(step: (p: Pipeline<A, W, M, K>) => R): R
}

declare const facts: unique symbol
