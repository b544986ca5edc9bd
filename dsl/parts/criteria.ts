/** What decides which weights or channels go: those with the smallest score. */

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
  /** Batches of training data to look at. 1 or more, default 1. */
  batches: number(ranges.count, { standard: 1 }),
  /** Examples in each. Default: the task's. */
  batch: number(ranges.batch),
  /** Which examples. Default: the pipeline's. */
  seed,
}
const sensitivity = {
  ...sampled,
  /** Rounds, each of which looks again at what the last one left: iterative SNIP. 1 or more, default 1. */
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
  /** What logits are divided by. More than 0, default 200. */
  temperature: number(ranges.positive, { standard: 200 }),
}
export type GraspOptions = Given<typeof preservation>
const flow = {
  /** 1 or more, default 100. */
  rounds: number(ranges.count, { standard: 100 }),
}
export type SynflowOptions = Given<typeof flow>

/** Every criterion; those with the options `data`, `batch` and `seed` take from the pipeline what they were not told. */
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
/** What decides which weights go: those with the smallest score. Structured ones remove whole output channels. */
export type Criterion = { [K in Kind]: { readonly kind: K } & StructOf<(typeof criteria)[K]['options']> }[Kind]
/** Before the pipeline completes it. */
export type CriterionChoice = { [K in Kind]: { readonly kind: K } & Partial<StructOf<(typeof criteria)[K]['options']>> }[Kind]

/**
 * The smallest absolute values go; exactly round(fraction · n) of them, ties by position. Kernels only: biases and batch norm stay.
 * @param sparsity the fraction removed, in [0, 1): one number, or one for each layer by name
 */
export const magnitude = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured'> => pruner('magnitude', criteria.magnitude, sparsity, options)

/**
 * The smallest w² / Σ of it and all larger ones in its layer go: LAMP (Lee et al., 2021), by magnitude in each layer, to densities that follow
 * from the weights. For one ranking over the network, the default.
 */
export const lamp = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured'> => pruner('lamp', criteria.lamp, sparsity, options)

/** Any weights go: the control of every other criterion. `seed`: default the pipeline's. */
export const random = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & { readonly seed?: number },
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured'> => pruner('random', criteria.random, sparsity, options)

/** The smallest |w · ∂L/∂w| go, over a few batches of training data: SNIP (Lee, Ajanthan & Torr, 2019), for pruning at initialisation. */
export const gradient = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & GradientOptions,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'at once'> => pruner('gradient', criteria.gradient, sparsity, options)

/**
 * In rounds, each on other batches, the smallest |w · ∂L/∂w| go, the gradient at what the last round left: FORCE (de Jorge et al., 2021), for
 * pruning at initialisation to few weights. What one round removed may return in another.
 */
export const force = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & ForceOptions,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'at once'> => pruner('force', criteria.force, sparsity, options)

/**
 * What takes most from the norm of the gradient goes last: the smallest w · (H ∂L/∂w), with H the second derivative, by a difference of
 * gradients. GraSP (Wang, Zhang & Grosse, 2020), for pruning at initialisation.
 */
export const grasp = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & GraspOptions,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'at once'> => pruner('grasp', criteria.grasp, sparsity, options)

/**
 * In rounds, the smallest |w · ∂R/∂w| go, R the sum of the logits for an image of ones through absolute weights: SynFlow (Tanaka et al.,
 * 2020), for pruning at initialisation without data.
 */
export const synflow = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X> & SynflowOptions,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'at once'> => pruner('synflow', criteria.synflow, sparsity, options)

/** Weights that move towards zero go: the smallest −Σ w · ∂L/∂w over the training so far (Sanh, Wolf & Rush, 2020). */
export const movement = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: WeightOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured', 'during training'> => pruner('movement', criteria.movement, sparsity, options)

/**
 * Output channels of convolutions with the smallest Σ|w| go (Li et al., 2017), batch norm's with them. The output layer stays.
 * @param sparsity the fraction removed, in [0, 1): of channels, one number or one for each layer by name; or a budget, `{ macs: 0.5 }`,
 * `{ parameters: 0.5 }` or `{ latency: 0.5 }`: the fewest channels with which at least this fraction of the cost is gone
 */
export const filterL1 = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: ChannelOptions<S, X>,
): Pruner<HasLayer<LayersIn<S> | NoInfer<X>> & NeedsOf<'filter'>, 'structured'> => pruner('filterL1', criteria.filterL1, sparsity, options)

/** Output channels of convolutions with the smallest Σw² go; with `throughout()` soft filter pruning (He et al., 2018). */
export const filterL2 = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: ChannelOptions<S, X>,
): Pruner<HasLayer<LayersIn<S> | NoInfer<X>> & NeedsOf<'filter'>, 'structured'> => pruner('filterL2', criteria.filterL2, sparsity, options)

/** Channels with the smallest scale |γ| in batch norm go: network slimming (Liu et al., 2017). Train with `gammaL1` before. */
export const slimming = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: ChannelOptions<S, X>,
): Pruner<HasLayer<LayersIn<S> | NoInfer<X>> & NeedsOf<'slimming'>, 'structured', 'at once'> =>
  pruner('slimming', criteria.slimming, sparsity, options)

/** What a criterion is told beside weights. */
export interface PruningFacts {
  /** Of the kernel's layer. */
  readonly layer: string
  /** [inputs, units] of a dense layer, [height, width, inputs, channels] of a convolution. */
  readonly shape: readonly number[]
  /** The fraction that is asked for now: of this layer where each has its own. */
  readonly fraction: number
}

/** A kernel, as a criterion sees it. */
export interface KernelFacts extends PruningFacts {
  /** 1 where a weight is alive. */
  readonly mask: Uint8Array
  /** Steps of the horizon done when the masks change during training; 0 at once. */
  readonly step: number
  /** In (0, 1), another number at each call. They follow from the kernel's weights and the step: the same network is pruned the same way. */
  readonly random: () => number
  /** ∂L/∂w summed over batches, of weights that are gone too. Where the option `gradient` asks for it. */
  readonly gradient?: Float32Array
}

/** A score for each weight, row-major; the smallest go first. */
export type Score = (weights: Float32Array, kernel: KernelFacts) => Float32Array

/** Which examples the gradient is taken on. */
export type CriterionGradient = Given<typeof sampled>

/**
 * A custom criterion. What the function does is part of the key: it may not read files, the clock or random numbers but those it is given.
 * With `gradient: {}` it is given the gradient over batches of training data, and chooses at once.
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

/** What was said of the examples; the pipeline says the rest. */
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

/** A filter, as a criterion sees it. */
export interface FilterFacts extends PruningFacts {
  /** Its place among the layer's output channels, from 0. */
  readonly channel: number
}

/** A score for a filter: the kernel's weights of one output channel, row-major. The smallest go first. */
export type FilterScore = (filter: Float32Array, facts: FilterFacts) => number

/** A custom criterion for whole channels; of layers that share theirs the scores are added. What the function does is part of the key. */
export const filterCriterion = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  score: FilterScore,
  options?: ChannelOptions<S, X>,
): Pruner<HasLayer<LayersIn<S> | NoInfer<X>> & NeedsOf<'filter'>, 'structured'> => {
  const verb = 'filterCriterion()'
  const fn = referenceToFunction('criterion', verb, score, 'filterCriterion(0.5, (filter) => Math.max(...filter))')
  return pruner('customFilter', criteria.customFilter, sparsity, options, { verb, fn })
}
