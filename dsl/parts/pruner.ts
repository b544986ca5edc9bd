import { inRange, mismatch, oneOf, optionsOf, plain, problem, ranges, shown } from '../check/checks.ts'
import type { Illegal, Why } from '../check/why.ts'
import type { Criterion, PruneOptions } from '../graph/stage-options.ts'
import type { Arch, HasBatchNorm, HasChannels, HasLayer } from './arch.ts'
import type { Pace } from './sparsity.ts'

/**
 * A way to choose what to remove. `Req` is what the network must offer, `M` the kind of mask it leaves,
 * `P` when it can choose.
 */
export interface Pruner<in Req, out M extends Mask, in P extends Pace = Pace> {
  readonly kind: 'pruner'
  /** A criterion that draws or reads data lacks here what is the pipeline's to say, until prune() completes it. */
  readonly spec: PruneOptions
  readonly [needs]: (network: Req) => void
  readonly [leaves]: M
  readonly [when]: (pace: P) => void
}
declare const needs: unique symbol
declare const leaves: unique symbol
declare const when: unique symbol

/** A criterion that reads data, or draws, takes from the pipeline what it was not told. */
export type CriterionChoice =
  | Exclude<Criterion, { kind: 'random' | 'gradient' }>
  | { readonly kind: 'random'; readonly seed?: number }
  | { readonly kind: 'gradient'; readonly batch?: number; readonly batches: number; readonly seed?: number }

export type PrunerSpec = Omit<PruneOptions, 'criterion'> & { readonly criterion: CriterionChoice }

/** A literal sparsity that is out of range does not compile. */
export type Fraction<N extends number> = number extends N
  ? N
  : `${N}` extends `0.${string}` | '0' | `${number}e-${number}`
    ? N
    : Illegal<Why<'sparsity'>>

/** The fraction removed from each named layer; the others are left alone. */
export type PerLayer<A extends Arch> = { readonly [L in keyof A['layers']]?: number }

export type Sparsity = number | { readonly [layer: string]: number }
export type Named<S extends Sparsity> = S extends number ? never : keyof S & string
export type InRange<S extends Sparsity> = S extends number ? Fraction<S> : S

interface Counting {
  /** Whether the fraction counts the weights still alive, or all prunable ones. In the course of a training always `'all'`. Default `'remaining'`. */
  readonly of?: 'remaining' | 'all'
  /** What is left in every layer at least: weights, or channels of structured pruning. Beyond it the layer's best are kept. Default 0: a layer that would be empty is an error. */
  readonly minimum?: number
}

interface Ranking<X extends string> extends Counting {
  /** Layers left alone. */
  readonly exclude?: readonly X[]
  /** The first layer: pruned like the others, or not at all. Default `'same'`. */
  readonly firstLayer?: 'same' | 'keep'
}

/**
 * One ranking over the whole network, or one over all convolutions and one over all linear layers (`'group'`): the output layer competes
 * like the others, or is left alone.
 */
interface GlobalRanking<X extends string> extends Ranking<X> {
  readonly scope?: 'global' | 'group'
  readonly outputLayer?: 'same' | 'keep'
}

/** One ranking a layer: the output layer loses the same fraction, half of it, or nothing. */
interface LayerRanking<X extends string> extends Ranking<X> {
  readonly scope: 'layer'
  readonly outputLayer?: 'same' | 'half' | 'keep'
}

/** `scope` default `'global'`, `outputLayer` default `'same'`. With a fraction for each layer only `of` and `minimum` have a meaning. */
export type WeightOptions<S extends Sparsity = number, X extends string = string> = S extends number
  ? GlobalRanking<X> | LayerRanking<X>
  : Counting

/** Channels: the output layer has none that could go. `scope` default `'layer'` of filter norms, `'global'` of slimming. */
export type ChannelOptions<S extends Sparsity = number, X extends string = string> = S extends number
  ? Ranking<X> & { readonly scope?: 'global' | 'layer' }
  : Counting

/** What decides the kind of mask. */
export const isStructured = ({ kind }: CriterionChoice): boolean => kind === 'filterL1' || kind === 'filterL2' || kind === 'slimming'

/** What a criterion asks of the network beside its layers. */
export type NeedsOf<K extends 'filter' | 'slimming'> = { filter: HasChannels; slimming: HasChannels & HasBatchNorm }[K]

/** What a pruner of these options needs and leaves exists in its type only. */
export const pruner = <S extends Sparsity, X extends string, Req, M extends Mask, P extends Pace = Pace>(
  verb: string,
  criterion: CriterionChoice,
  sparsity: Sparsity,
  options: unknown,
): Pruner<HasLayer<Named<S> | X> & Req, M, P> => {
  const spec = typeof sparsity === 'number' ? ranked(verb, criterion, sparsity, options) : layered(verb, criterion, sparsity, options)
  return Object.freeze({ kind: 'pruner', spec }) as unknown as Pruner<HasLayer<Named<S> | X> & Req, M, P>
}

/** What a user may give to prune(), before the pipeline completes it. */
export const prunerSpec = (verb: string, how: unknown): PrunerSpec => {
  plain(verb, how)
  if (typeof how === 'number') return ranked(verb, { kind: 'magnitude' }, how)
  if (typeof how === 'object' && how !== null && !Array.isArray(how)) {
    if ('kind' in how && how.kind === 'pruner') return (how as Pruner<never, never>).spec
    return layered(verb, { kind: 'magnitude' }, how)
  }
  throw problem(
    `${verb} takes a fraction, a fraction for each layer, or a pruner.`,
    [
      ['verb', verb],
      ['value', shown(how)],
    ],
    'For example prune(0.9), prune({ fc1: 0.9 }) or prune(magnitude(0.9)).',
  )
}

/** Layers that the options name. */
export const layersNamed = ({ sparsity, exclude }: PrunerSpec): readonly string[] =>
  typeof sparsity === 'number' ? exclude : Object.keys(sparsity)

const ranked = (verb: string, criterion: CriterionChoice, sparsity: unknown, options?: unknown): PrunerSpec => {
  const fraction = inRange(verb, 'sparsity', sparsity, ranges.sparsity)
  const structured = isStructured(criterion)
  const given: { readonly [name: string]: unknown } = optionsOf(verb, options, [
    'scope',
    'of',
    'exclude',
    'firstLayer',
    ...(structured ? [] : ['outputLayer']),
    'minimum',
  ])
  const { scope = structured && criterion.kind !== 'slimming' ? 'layer' : 'global', firstLayer = 'same' } = given
  const ranking = oneOf(verb, 'scope', scope, structured ? ['global', 'layer'] : ['global', 'group', 'layer'])
  const output = oneOf(verb, 'outputLayer', given.outputLayer ?? (structured ? 'keep' : 'same'), ['same', 'half', 'keep'])
  if (ranking !== 'layer' && output === 'half') {
    throw mismatch(
      'A ranking over several layers has no rate of its own for the output layer.',
      verb,
      'outputLayer',
      'half',
      "'same' or 'keep', or 'half' with scope: 'layer'",
      "Add scope: 'layer', or leave the output layer alone with outputLayer: 'keep'.",
    )
  }
  return {
    criterion,
    scope: ranking,
    sparsity: fraction,
    exclude: namesOf(verb, given.exclude),
    ...(oneOf(verb, 'firstLayer', firstLayer, ['same', 'keep']) === 'same' ? {} : { firstLayer: 'keep' }),
    outputLayer: output,
    ...counting(verb, given),
  }
}

const layered = (verb: string, criterion: CriterionChoice, perLayer: object, options?: unknown): PrunerSpec => {
  const named = Object.entries(perLayer).filter(([, fraction]) => fraction !== undefined)
  if (named.length === 0) {
    throw problem(
      'No layer was named, so nothing would be pruned.',
      [
        ['verb', verb],
        ['value', shown(perLayer)],
      ],
      'For example prune({ fc1: 0.9, fc2: 0.5 }).',
    )
  }
  const sparsity = Object.fromEntries(
    named.map(([layer, fraction]) => [layer, inRange(verb, `sparsity of ${layer}`, fraction, ranges.sparsity)]),
  )
  const outputLayer = isStructured(criterion) ? 'keep' : 'same'
  return { criterion, scope: 'layer', sparsity, exclude: [], outputLayer, ...counting(verb, optionsOf(verb, options, ['of', 'minimum'])) }
}

const counting = (
  verb: string,
  { of = 'remaining', minimum = 0 }: { readonly of?: unknown; readonly minimum?: unknown },
): Pick<PruneOptions, 'of' | 'minimum'> => {
  const least = inRange(verb, 'minimum', minimum, ranges.whole)
  return { of: oneOf(verb, 'of', of, ['remaining', 'all']), ...(least === 0 ? {} : { minimum: least }) }
}

const namesOf = (verb: string, names: unknown): readonly string[] => {
  if (names === undefined) return []
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return [...new Set(names)].sort()
  throw problem(
    'exclude lists names of layers.',
    [
      ['verb', verb],
      ['option', 'exclude'],
      ['value', shown(names)],
    ],
    "For example exclude: ['fc2'].",
  )
}

/** Kinds of masks: of single weights, or of whole channels. */
export type Mask = 'unstructured' | 'structured'
