/** What decides which weights or channels go: those with the smallest score. */

import { inRange, ranges } from '../check/checks.ts'
import { holdFunction } from '../graph/held.ts'
import type { HasLayer } from './arch.ts'
import {
  type ChannelOptions,
  type CriterionChoice,
  type InRange,
  type Named,
  type NeedsOf,
  type Pruner,
  pruner,
  type Sparsity,
  type WeightOptions,
} from './pruner.ts'

/**
 * The smallest absolute values go; exactly round(fraction · n) of them, ties by position. Kernels only: biases and batch norm stay.
 * @param sparsity the fraction removed, in [0, 1): one number, or one for each layer by name
 */
export const magnitude = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured'> => pruner('magnitude()', { kind: 'magnitude' }, sparsity, options)

/** Any weights go: the control of every other criterion. `seed`: default the pipeline's. */
export const random = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & { readonly seed?: number },
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured'> => {
  const [own, ranking] = apart(options, ['seed'])
  const seed = own.seed === undefined ? {} : { seed: inRange('random()', 'seed', own.seed, ranges.seed) }
  return pruner('random()', { kind: 'random', ...seed }, sparsity, ranking)
}

export interface GradientOptions {
  /** Batches of training data to look at. 1 or more, default 1. */
  readonly batches?: number
  /** Examples in each. Default: the task's. */
  readonly batch?: number
  /** Which examples. Default: the pipeline's. */
  readonly seed?: number
}

/** The smallest |w · ∂L/∂w| go, over a few batches of training data: SNIP (Lee, Ajanthan & Torr, 2019), for pruning at initialisation. */
export const gradient = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & GradientOptions,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'at once'> => {
  const verb = 'gradient()'
  const [{ batches = 1, batch, seed }, ranking] = apart(options, ['batches', 'batch', 'seed'])
  const criterion: CriterionChoice = {
    kind: 'gradient',
    batches: inRange(verb, 'batches', batches, ranges.count),
    ...(batch === undefined ? {} : { batch: inRange(verb, 'batch', batch, ranges.batch) }),
    ...(seed === undefined ? {} : { seed: inRange(verb, 'seed', seed, ranges.seed) }),
  }
  return pruner(verb, criterion, sparsity, ranking)
}

/** Weights that move towards zero go: the smallest −Σ w · ∂L/∂w over the training so far (Sanh, Wolf & Rush, 2020). */
export const movement = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'in the course of a training'> =>
  pruner('movement()', { kind: 'movement' }, sparsity, options)

/** Output channels of convolutions with the smallest Σ|w| go (Li et al., 2017), batch norm's with them. The output layer stays. */
export const filterL1 = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: ChannelOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>> & NeedsOf<'filter'>, 'structured'> =>
  pruner('filterL1()', { kind: 'filterL1' }, sparsity, options)

/** Output channels of convolutions with the smallest Σw² go; with `throughout()` soft filter pruning (He et al., 2018). */
export const filterL2 = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: ChannelOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>> & NeedsOf<'filter'>, 'structured'> =>
  pruner('filterL2()', { kind: 'filterL2' }, sparsity, options)

/** Channels with the smallest scale |γ| in batch norm go: network slimming (Liu et al., 2017). Train with `gammaL1` before. */
export const slimming = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: ChannelOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>> & NeedsOf<'slimming'>, 'structured', 'at once'> =>
  pruner('slimming()', { kind: 'slimming' }, sparsity, options)

/** A kernel, as a criterion sees it. */
export interface KernelFacts {
  /** Of its layer. */
  readonly layer: string
  /** [inputs, units] of a dense layer, [height, width, inputs, channels] of a convolution. */
  readonly shape: readonly number[]
  /** 1 where a weight is alive. */
  readonly mask: Uint8Array
}

/** A score for each weight, row-major; the smallest go first. */
export type Score = (weights: Float32Array, kernel: KernelFacts) => Float32Array

/** A criterion of your own. What the function does is part of the key: it may not read files, the clock or random numbers. */
export const criterion = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  score: Score,
  options?: WeightOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured'> => {
  const fn = holdFunction('criterion', 'criterion()', score, 'criterion(0.9, (weights) => weights.map(Math.abs))')
  return pruner('criterion()', { kind: 'custom', fn }, sparsity, options)
}

/** A criterion's own options, and those of the ranking. What is no object is left to be refused there. */
const apart = <N extends string>(given: unknown, own: readonly N[]): [{ readonly [K in N]?: unknown }, unknown] => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return [{}, given]
  const entries = Object.entries(given)
  const isOwn = ([name]: [string, unknown]) => own.some((one) => one === name)
  const mine = Object.fromEntries(entries.filter(isOwn)) as { [K in N]?: unknown }
  return [mine, Object.fromEntries(entries.filter((entry) => !isOwn(entry)))]
}
