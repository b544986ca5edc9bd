/** Criteria for weights or channels to remove: those with the smallest score. */

import { chosen, inRange, optionsOf, ranges } from '../check/checks.ts'
import { type Given, number, optional, type StructOf, struct } from '../check/form.ts'
import { functionReference, referenceToFunction } from '../check/function-reference.ts'
import type { HasLayer } from './arch.ts'
import type { LayersIn } from './budget.ts'
import { dataSpec } from './data.ts'
import {
  type ChannelOptions,
  type CriterionRecord,
  type InRange,
  type Named,
  type NeedsOf,
  type Pruner,
  pruner,
  type Sparsity,
  type WeightOptions,
} from './pruner.ts'
import type { Pace } from './sparsity.ts'

const seed = number(ranges.seed)
const sampled = {
  /** Batches of training data for the gradient. 1 or more, default 1. */
  batches: number(ranges.count, { standard: 1 }),
  /** Examples in each batch. Default: the task's. */
  batch: number(ranges.batch),
  /** Determines the examples. Default: the pipeline's. */
  seed,
}
const sensitivity = {
  ...sampled,
  /** Rounds, each on the network that the previous round pruned: iterative SNIP. 1 or more, default 1. */
  rounds: optional(number(ranges.count)),
}
export type GradientOptions = Given<typeof sensitivity>
const foresight = {
  ...sampled,
  /** 1 or more, default 60, as in the authors' README. */
  rounds: number(ranges.count, { standard: 60 }),
}
export type ForceOptions = Given<typeof foresight>
const preservation = {
  ...sampled,
  /** The divisor of the logits. More than 0, default 200. */
  temperature: number(ranges.positive, { standard: 200 }),
}
export type GraspOptions = Given<typeof preservation>
const flow = {
  /** 1 or more, default 100. */
  rounds: number(ranges.count, { standard: 100 }),
}
export type SynflowOptions = Given<typeof flow>

/** Every criterion. The options `data`, `batch` and `seed` default to the pipeline's. */
const criteria = {
  magnitude: { options: {}, mask: 'unstructured' },
  lamp: { options: {}, mask: 'unstructured' },
  random: { options: { seed }, mask: 'unstructured' },
  gradient: { options: { data: dataSpec, ...sensitivity }, mask: 'unstructured', pace: 'at once' },
  force: { options: { data: dataSpec, ...foresight }, mask: 'unstructured', pace: 'at once' },
  grasp: { options: { data: dataSpec, ...preservation }, mask: 'unstructured', pace: 'at once' },
  synflow: { options: flow, mask: 'unstructured', pace: 'at once' },
  movement: { options: {}, mask: 'unstructured', pace: 'during training' },
  filterL1: { options: {}, mask: 'structured', scope: 'layer' },
  filterL2: { options: {}, mask: 'structured', scope: 'layer' },
  slimming: { options: {}, mask: 'structured', scope: 'global', batchNorm: true, pace: 'at once' },
  custom: { options: { fn: functionReference, gradient: optional(struct({ data: dataSpec, ...sampled })) }, mask: 'unstructured' },
  customFilter: { options: { fn: functionReference }, mask: 'structured', scope: 'layer' },
} as const satisfies { readonly [kind: string]: CriterionRecord }

// As the default, so that `export *` gives users the constructors and not the table.
export default criteria

type Kind = keyof typeof criteria
/** The criterion for the weights to remove: those with the smallest score. Structured criteria remove whole output channels. */
export type Criterion = { [K in Kind]: { readonly kind: K } & StructOf<(typeof criteria)[K]['options']> }[Kind]
/** Before the pipeline completes it. */
export type CriterionChoice = { [K in Kind]: { readonly kind: K } & Partial<StructOf<(typeof criteria)[K]['options']>> }[Kind]

/**
 * Removes the smallest absolute values: exactly round(fraction · n), with ties broken by position. Kernels only: biases and batch norm
 * stay.
 * @param sparsity the fraction removed, in [0, 1): one number, or one for each layer by name
 */
export const magnitude = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured'> => pruner('magnitude', criteria.magnitude, sparsity, options)

/**
 * LAMP (Lee et al., 2021): removes the smallest w² divided by the sum of w² over the weights of the layer that are at least as large.
 * Within a layer this ranks by magnitude; the densities of the layers follow from the weights. Meant for one ranking over the network, the
 * default.
 */
export const lamp = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured'> => pruner('lamp', criteria.lamp, sparsity, options)

/** Removes random weights: the control of every other criterion. `seed`: default the pipeline's. */
export const random = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & { readonly seed?: number },
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured'> => pruner('random', criteria.random, sparsity, options)

/**
 * SNIP (Lee, Ajanthan & Torr, 2019): removes the smallest |w · ∂L/∂w| over a few batches of training data, for pruning at initialisation.
 */
export const gradient = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & GradientOptions,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'at once'> => pruner('gradient', criteria.gradient, sparsity, options)

/**
 * FORCE (de Jorge et al., 2021): in rounds on different batches, removes the smallest |w · ∂L/∂w|, with the gradient of the network that
 * the previous round pruned. For pruning at initialisation to high sparsity. Removed weights may return in a later round.
 */
export const force = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & ForceOptions,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'at once'> => pruner('force', criteria.force, sparsity, options)

/**
 * GraSP (Wang, Zhang & Grosse, 2020): removes the smallest w · (H ∂L/∂w), with H the Hessian, by finite differences of gradients. It keeps
 * the weights whose removal reduces the norm of the gradient most. For pruning at initialisation.
 */
export const grasp = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & GraspOptions,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'at once'> => pruner('grasp', criteria.grasp, sparsity, options)

/**
 * SynFlow (Tanaka et al., 2020): in rounds, removes the smallest |w · ∂R/∂w|, with R the sum of the logits for an image of ones and
 * absolute weights. For pruning at initialisation without data.
 */
export const synflow = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & SynflowOptions,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'at once'> => pruner('synflow', criteria.synflow, sparsity, options)

/** Removes weights that move towards zero: the smallest −Σ w · ∂L/∂w over the training so far (Sanh, Wolf & Rush, 2020). */
export const movement = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'during training'> => pruner('movement', criteria.movement, sparsity, options)

/**
 * Removes output channels of convolutions with the smallest Σ|w| (Li et al., 2017), including their batch norm. The output layer stays.
 * @param sparsity the fraction removed, in [0, 1): of channels, one number or one for each layer by name; or a budget, `{ macs: 0.5 }`, `{
 * parameters: 0.5 }` or `{ latency: 0.5 }`, which removes the fewest channels that reduce the cost by at least this fraction
 */
export const filterL1 = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: ChannelOptions<S, X>,
): Pruner<HasLayer<LayersIn<S> | NoInfer<X>> & NeedsOf<'filter'>, 'structured'> => pruner('filterL1', criteria.filterL1, sparsity, options)

/**
 * Removes output channels of convolutions with the smallest Σw²; with `throughout()` and `mode: 'soft'`, soft filter pruning (He et al.,
 * 2018).
 */
export const filterL2 = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: ChannelOptions<S, X>,
): Pruner<HasLayer<LayersIn<S> | NoInfer<X>> & NeedsOf<'filter'>, 'structured'> => pruner('filterL2', criteria.filterL2, sparsity, options)

/** Network slimming (Liu et al., 2017): removes channels with the smallest scale |γ| in batch norm. Train with `gammaL1` first. */
export const slimming = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: ChannelOptions<S, X>,
): Pruner<HasLayer<LayersIn<S> | NoInfer<X>> & NeedsOf<'slimming'>, 'structured', 'at once'> =>
  pruner('slimming', criteria.slimming, sparsity, options)

/** What a criterion receives in addition to the weights. */
export interface PruningFacts {
  /** The name of the kernel's layer. */
  readonly layer: string
  /** [inputs, units] of a dense layer, [height, width, inputs, channels] of a convolution. */
  readonly shape: readonly number[]
  /** The current target fraction: that of this layer if each layer has its own. */
  readonly fraction: number
}

/** A kernel as a criterion receives it. */
export interface KernelFacts extends PruningFacts {
  /** 1 where a weight is alive. */
  readonly mask: Uint8Array
  /** The current training step, of the horizon; 0 for one-shot pruning. */
  readonly step: number
  /**
   * A different number in (0, 1) at each call, determined by the kernel's weights and the step, so the same network is always pruned in the
   * same way.
   */
  readonly random: () => number
  /** ∂L/∂w summed over batches, including removed weights. Only with the option `gradient`. */
  readonly gradient?: Float32Array
}

/** A score for each weight, row-major; the smallest are removed first. */
export type Score = (weights: Float32Array, kernel: KernelFacts) => Float32Array

/** The examples for the gradient. */
export type CriterionGradient = Given<typeof sampled>

/**
 * A custom criterion. What the function does is part of the key: it must not read files or the clock, or use random numbers except
 * `random()`. With `gradient: {}` it receives the gradient over batches of training data, and prunes in one shot.
 */
export const criterion = <
  const S extends Sparsity,
  const X extends string = never,
  const G extends CriterionGradient | undefined = undefined,
>(
  sparsity: InRange<S> & Sparsity,
  score: Score,
  options?: WeightOptions<S, X> & { readonly gradient?: G },
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', G extends object ? 'at once' : Pace> => {
  const verb = 'criterion()'
  const fn = referenceToFunction('criterion', verb, score, 'criterion(0.9, (weights) => weights.map(Math.abs))')
  if (typeof options !== 'object' || options === null) return pruner('custom', criteria.custom, sparsity, options, { verb, fn })
  const { gradient, ...others } = options
  const user = gradient === undefined ? { verb, fn } : { verb, fn, gradient: sampling(verb, gradient) }
  return pruner('custom', criteria.custom, sparsity, others, user)
}

/** The given options for the examples; the others default to the pipeline's. */
const sampling = (verb: string, given: unknown): object => {
  const options = optionsOf(verb, given, ['batches', 'batch', 'seed'])
  const { batches, ...pipelines } = sampled
  const said = Object.entries(pipelines).filter(([name]) => options[name as keyof typeof pipelines] !== undefined)
  const chosenOf = (name: 'batch' | 'seed') => inRange(verb, `gradient.${name}`, options[name], pipelines[name])
  return {
    batches: chosen(verb, 'gradient.batches', options.batches, batches),
    ...Object.fromEntries(said.map(([name]) => [name, chosenOf(name as 'batch' | 'seed')])),
  }
}

/** A filter as a criterion receives it. */
export interface FilterFacts extends PruningFacts {
  /** Its index among the layer's output channels, from 0. */
  readonly channel: number
}

/** A score for a filter: the kernel's weights of one output channel, row-major. The smallest are removed first. */
export type FilterScore = (filter: Float32Array, facts: FilterFacts) => number

/** A custom criterion for whole channels. If layers share channels, their scores are added. What the function does is part of the key. */
export const filterCriterion = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  score: FilterScore,
  options?: ChannelOptions<S, X>,
): Pruner<HasLayer<LayersIn<S> | NoInfer<X>> & NeedsOf<'filter'>, 'structured'> => {
  const verb = 'filterCriterion()'
  const fn = referenceToFunction('criterion', verb, score, 'filterCriterion(0.5, (filter) => Math.max(...filter))')
  return pruner('customFilter', criteria.customFilter, sparsity, options, { verb, fn })
}
