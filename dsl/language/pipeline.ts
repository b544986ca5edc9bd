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

/** Options of `train()`. `Kept` are the names of the snapshots that it keeps. */
export interface TrainingWithSnapshots<Kept extends string = never> extends Training {
  /** Keeps the weights at the end of these epochs for `rewind()`, or after a step: `{ early: 2, earlier: { step: 500 } }`. 1 up to `epochs`. */
  readonly keep?: { readonly [K in Kept]: number | Position }
}

/** Options of `finetune()`: those of a training, with a learning rate of its own. */
export type FinetuneOptions = Regularisation &
  Computing & {
    /** Default: the task's. */
    readonly epochs?: number
    /** Default: the pipeline's seed. */
    readonly seed?: number
  } & (
    | {
        /** Default: a tenth of the task's peak rate, constant. `{ times: 0.01 }` is another part of it. */
        readonly lr?: number | Schedule | Times
      }
    | {
        /** The task's schedule again: learning-rate rewinding (Renda et al., 2020). */
        readonly lr: 'rewind'
        /** The epoch of the schedule, and of the data order, to start at. From 0 up to but not including `epochs`, default 0. */
        readonly from?: number
      }
  )

/** What pruning during training may be told beside its schedule. */
export type GradualOptions = Training & {
  /** Steps between two changes of the masks, or `{ epochs: 1 }`. 1 or more, default 100 steps. */
  readonly every?: Period
} & (
    | {
        /**
         * `'freeze'`: what is removed stays removed (Zhu & Gupta, 2017); `'soft'`: removed weights are set to zero when the masks change,
         * go on from there, and may return (He et al., 2018); `'recover'`: they wait beside the network without a gradient of the loss, moved
         * by what momentum is left and by weight decay, and return when others have fallen below them. Default `'freeze'`.
         */
        readonly mode?: 'freeze' | 'soft' | 'recover'
        /**
         * Of whole channels with `mode: 'soft'`: while the network trains only a removed one's `'kernels'` are zero, its batch norm goes on
         * giving a constant, and a gradient reaches the kernels (default, the code of He et al., 2018); `'silent'`: with all that belongs to
         * it, so that nothing reaches it. What `'kernels'` leaves as a constant, `shrink()` puts into the layers that read it.
         */
        readonly channels?: 'kernels' | 'silent'
        readonly regrow?: never
      }
    | {
        /**
         * Dynamic sparse training, of single weights: each time that the masks change, first what the schedule asks for goes, then more of each
         * layer, and as many weights grow there, at zero and without momentum. Between two changes nothing reaches what is away. With
         * `throughout()` the number of weights is the same from the first step to the last.
         */
        readonly mode: 'regrow'
        /** How many go, and which grow in their place. Default: those of RigL. */
        readonly regrow?: Regrowth
        readonly channels?: never
      }
  )

/** When weights go; how long and how fast to train has a meaning only during training. */
export type Pruning<P extends Pace> = {
  /** `oneShot()`, or how the sparsity grows during training: `cubic()`, `linear()`, `throughout()`. Default: at once. */
  readonly schedule: SparsitySchedule<P>
} & {
  readonly 'at once': unknown
  readonly 'during training': GradualOptions
}[P]

/** Options of `dpf()`, those of a training among them. */
export interface FeedbackOptions extends Training {
  /** How the sparsity grows. Default `cubic()`, to three quarters of the training. */
  readonly schedule?: SparsitySchedule<'during training'>
  /** Steps between two changes of the masks, or `{ epochs: 1 }`. 1 or more, default 16 steps; in short trainings 1 to 4. */
  readonly every?: Period
  /** How long the masks change: to the end of the training, or of the ramp, where they change once more. Default `'training'`. */
  readonly refresh?: 'training' | 'ramp'
  /** Of whole channels, as in `prune()` with `mode: 'soft'`. Default `'kernels'`. */
  readonly channels?: 'kernels' | 'silent'
}

/** Other first weights, or other places for the holes of the masks; weights can be kept only when the masks move. */
export type ReinitOptions<F extends 'fresh' | 'keep', K extends string> = (
  | {
      /** Default: the pipeline's + 1,000,000. */
      readonly seed?: number
      readonly draw?: never
    }
  | {
      readonly seed?: never
      /** Which of several draws from the pipeline's own seed. 0 (default) or more: its seed is the pipeline's + 1,000,000 · (draw + 1). */
      readonly draw?: number
    }
) &
  {
    readonly fresh: {
      /** Whether the holes of the mask are moved to random places within each layer. Default false. */
      readonly shuffleMask?: boolean
      /** `'fresh'`: drawn again; `'keep'`, with `shuffleMask: true` only: as they are. Default `'fresh'`. */
      readonly weights?: 'fresh'
      /**
       * Kernels from N(0, 2/n) instead, n the weights that the mask left, on average for each unit (`'fanIn'`) or each input (`'fanOut'`,
       * as Liu et al., 2019, have it in their code).
       */
      readonly he?: 'fanIn' | 'fanOut'
      /** The snapshot, `'init'` say, whose signs the kernels have; how large they are is drawn (Zhou et al., 2019). Default: drawn too. */
      readonly signs?: K
    }
    readonly keep: { readonly shuffleMask: true; readonly weights: 'keep' }
  }[F] & { readonly weights?: F }

/** The snapshot that a rewind needs: the first training is known as long as the first weights are. */
type SnapshotOf<N extends string | Position> = N extends string ? N : 'init'

/** A trained or untrained network as others see it: what it predicts, and how many networks there are. */
export interface Predictor<out A extends Arch, out W extends Weights, out N extends number> {
  readonly [predicts]: { readonly a: A; readonly w: W; readonly n: N }
}
declare const predicts: unique symbol

/** A pipeline whose end is written to a file. Nothing comes after it. */
export interface Artifact {
  readonly [target]: 'artifact'
  readonly node: ExportExpr
}

/**
 * A pipeline: an immutable value. Nothing has run yet; every verb gives a new one.
 *
 * A verb may only need a fact, never forbid one, so a pipeline that knows more can stand wherever less is asked for.
 *
 * @typeParam A the architecture
 * @typeParam W `'fresh'` or `'trained'` weights
 * @typeParam M the masks in force; `never` when dense
 * @typeParam K the snapshots that can be rewound to
 */
export interface Pipeline<out A extends Arch, out W extends Weights, in M extends Mask, in K extends string> extends Predictor<A, W, 1> {
  readonly [target]: 'pipeline'
  readonly [facts]: { readonly a: A; readonly w: W; readonly m: (m: M) => void; readonly k: (k: K) => void }
  readonly node: PipelineExpr

  /** Trains from where the weights are. After a rewind into a training, starts at that point of the schedule. */
  train<N extends string = never>(options?: TrainingWithSnapshots<N>): Pipeline<A, 'trained', M, K | NoInfer<N>>

  /** Goes on training trained weights, by default at a tenth of the task's peak learning rate, constant. */
  finetune(this: Because<Why<'finetune'>> & Pipeline<A, 'trained', M, K>, options?: FinetuneOptions): Pipeline<A, 'trained', M, K>

  /**
   * Removes weights: a fraction of those left (by magnitude, over the whole network), a fraction for each layer, or a pruner.
   * With `{ schedule: cubic() }` during training.
   */
  prune<N extends number, L extends Mask = 'unstructured', P extends Pace = 'at once'>(
    how: Fraction<N> | PerLayer<A> | Pruner<A, L, NoInfer<P>>,
    options?: Pruning<P>,
  ): Pipeline<A, { readonly 'at once': W; readonly 'during training': 'trained' }[NoInfer<P>], M | NoInfer<L>, K>

  /** Dynamic pruning with feedback (Lin et al., 2020): the removed weights go on learning beside the network, and may return. */
  dpf<N extends number, L extends Mask = 'unstructured'>(
    how: Fraction<N> | PerLayer<A> | Pruner<A, L, 'during training'>,
    options?: FeedbackOptions,
  ): Pipeline<A, 'trained', M | NoInfer<L>, K>

  /** Puts the weights back to a snapshot (default: the first weights), or into the first training, and keeps the mask. */
  rewind<N extends string | Position = 'init'>(
    this: Because<WhyRewind<SnapshotOf<N>>> & Pipeline<A, 'trained', M, SnapshotOf<NoInfer<N>>>,
    to?: N | K,
  ): Pipeline<A, 'fresh', M, K>

  /** Draws new first weights and keeps the mask, or moves the mask's holes within each layer. Default seed: the pipeline's + 1,000,000. */
  reinit<F extends 'fresh' | 'keep' = 'fresh'>(
    this: Because<Why<'reinit'>> & Pipeline<A, 'trained', M, K>,
    options?: number | ReinitOptions<F, K>,
  ): Pipeline<A, { readonly fresh: 'fresh'; readonly keep: 'trained' }[NoInfer<F>], M, K>

  /**
   * The network on the line from here to another of the same task: (1 − at) · these weights + at · the others, batch norm's running
   * statistics included. Both must have the same masks. For linear mode connectivity (Frankle et al., 2020).
   * @param at from 0 (these weights) to 1 (the others)
   */
  interpolate(
    this: Because<Why<'interpolate'>> & Pipeline<A, 'trained', M, K>,
    other: Because<Why<'interpolate'>> & Predictor<NoInfer<A>, 'trained', 1>,
    at: number,
  ): Pipeline<A, 'trained', M, K>

  /** Lifts the mask: removed weights are zero, and train again. */
  dense(this: Because<Why<'dense'>> & Pipeline<A, W, 'unstructured', K>): Pipeline<A, W, never, K>

  /** Takes removed channels out of the network: a smaller one that computes the same. Snapshots from before no longer fit. */
  shrink(this: Because<Why<'shrink'>> & Pipeline<A, W, 'structured', K>): Pipeline<A, W, never, never>

  /** Names the weights here, so that rewind() can return to them. */
  snapshot<N extends string>(name: N): Pipeline<A, W, M, K | NoInfer<N>>

  /** Trains towards the predictions of a trained teacher, or of an ensemble; `kd()` unless told otherwise. */
  distill<T extends Arch & { readonly classes: A['classes'] }, N extends number, S extends string = string>(
    teacher: Because<Why<'distill'>> & Predictor<T, 'trained', N>,
    method?: Distiller<A & { readonly teachers: NoInfer<N> }, NoInfer<T>, S>,
    options?: Training,
  ): Pipeline<A, 'trained', M, K & NoInfer<S>>

  /**
   * Computes batch norm's running statistics again for the weights as they are, as the mean over batches of training data: after a training
   * with `ema`, pruning without training, `interpolate()` or `mergeMembers()`. Weights, masks and snapshots stay.
   */
  recalibrate(this: Because<Why<'recalibrate'>> & Pipeline<Arch & HasBatchNorm, W, M, K>, options?: Recalibration): Pipeline<A, W, M, K>

  /**
   * One network of the members that share weights: their factors are averaged (Nam et al., 2022). Or one of them, `{ member: 0 }`: all
   * together are the batch ensemble as it was meant to predict, `ensemble(4, (member) => members.mergeMembers({ member }))`.
   */
  mergeMembers<B extends Arch>(
    this: Because<Why<'mergeMembers'>> & Pipeline<BatchEnsemble<B, number>, 'trained', M, K>,
    options?: MergeOptions,
  ): Pipeline<B, 'trained', never, never>

  /** Measures here, on validation and test; the model passes through. The end of a pipeline is measured anyway. */
  evaluate(): Pipeline<A, W, M, K>

  /** Writes the network to a file below the project's folder. Ends the pipeline. */
  export(this: Because<Why<'export'>> & Pipeline<A, 'trained', M, K>, options: Export): Artifact

  /** Does the same round again and again. Each round must leave at least what it was given. */
  repeat<P extends Pipeline<Arch, Weights, never, never>, R extends P>(
    this: P,
    rounds: number,
    round: (p: P) => R & Because<Why<'repeat'>>,
  ): R

  /** Applies a combinator of yours. */
  pipe<R>(step: (p: Pipeline<A, W, M, K>) => R): R
}

declare const facts: unique symbol
