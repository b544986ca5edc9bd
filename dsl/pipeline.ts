import type { Arch } from './arch.ts'
import type { Distiller } from './distill.ts'
import type { PipelineExpr, target } from './expr.ts'
import type { Fraction, PerLayer, Pruner } from './prune.ts'
import type { Schedule } from './schedule.ts'
import type { Because, Why, WhyRewind } from './why.ts'

/** Whether the weights are where they were drawn or reset to, or the outcome of training. */
export type Weights = 'fresh' | 'trained'
/** Kinds of masks: of single weights, or of whole channels. */
export type Mask = 'unstructured' | 'structured'

/** What every training may be told. All default to the task's. */
export interface Training {
  /** Passes over the training data, and the horizon of the learning-rate schedule. 1 or more. */
  readonly epochs?: number
  /** Decides data order, dropout and noise. Default: the pipeline's seed. */
  readonly seed?: number
  /** A number is a constant learning rate. */
  readonly lr?: number | Schedule
}

export interface TrainingWithSnapshots<Kept extends string = never> extends Training {
  /** Keeps the weights at the end of these epochs for `rewind()`: `{ early: 2 }`. 1 up to `epochs`. */
  readonly keep?: { readonly [K in Kept]: number }
}

export interface FinetuneOptions {
  /** Default: the task's. */
  readonly epochs?: number
  /** Default: the pipeline's seed. */
  readonly seed?: number
  /** Default: a tenth of the task's peak rate, constant. `'rewind'` replays the task's whole schedule. */
  readonly lr?: number | Schedule | 'rewind'
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
export interface Pipeline<out A extends Arch, out W extends Weights, in M extends Mask, in K extends string> {
  readonly [target]: 'pipeline'
  readonly [facts]: { readonly a: A; readonly w: W; readonly m: (m: M) => void; readonly k: (k: K) => void }
  readonly node: PipelineExpr

  /** Trains from where the weights are. After a rewind to a snapshot kept inside a training, starts at that epoch of the schedule. */
  train<N extends string = never>(options?: TrainingWithSnapshots<N>): Pipeline<A, 'trained', M, K | NoInfer<N>>

  /** Goes on training trained weights, by default at a tenth of the task's peak learning rate, constant. */
  finetune(this: Because<Why<'finetune'>> & Pipeline<A, 'trained', M, K>, options?: FinetuneOptions): Pipeline<A, 'trained', M, K>

  /** Removes weights: a fraction of those left (by magnitude, over the whole network), a fraction for each layer, or a `magnitude(…)`. */
  prune<N extends number, L extends Mask = 'unstructured'>(how: Fraction<N> | PerLayer<A> | Pruner<A, L>): Pipeline<A, W, M | NoInfer<L>, K>

  /** Puts the weights back to a snapshot (default: the first weights) and keeps the mask. */
  rewind<N extends string = 'init'>(
    this: Because<WhyRewind<N>> & Pipeline<A, 'trained', M, NoInfer<N>>,
    to?: N | K,
  ): Pipeline<A, 'fresh', M, K>

  /** Draws new first weights and keeps the mask. Default seed: the pipeline's + 1,000,000. */
  reinit(this: Because<Why<'reinit'>> & Pipeline<A, 'trained', M, K>, seed?: number): Pipeline<A, 'fresh', M, K>

  /** Names the weights here, so that rewind() can return to them. */
  snapshot<N extends string>(name: N): Pipeline<A, W, M, K | NoInfer<N>>

  /** Trains towards a trained teacher's predictions; `kd()` unless told otherwise. */
  distill<T extends Arch & { readonly classes: A['classes'] }>(
    teacher: Because<Why<'distill'>> & Pipeline<T, 'trained', never, never>,
    method?: Distiller<A, NoInfer<T>>,
    options?: Training,
  ): Pipeline<A, 'trained', M, K>

  /** Measures here, on validation and test; the model passes through. The end of a pipeline is measured anyway. */
  evaluate(): Pipeline<A, W, M, K>

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
