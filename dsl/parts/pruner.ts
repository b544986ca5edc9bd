import { chosen, type Declared, inRange, oneOf, optionsOf, problem, ranges, shown, whole } from '../check/checks.ts'
import {
  dictionary,
  either,
  type Fields,
  type Given,
  list,
  number,
  type Of,
  optional,
  type StructOf,
  struct,
  text,
  words,
} from '../check/form.ts'
import type { FunctionRef } from '../check/function-reference.ts'
import type { Illegal, Why } from '../check/why.ts'
import type { Arch, HasBatchNorm, HasChannels } from './arch.ts'
import { type Budget, budgetIn, counting as costs } from './budget.ts'
import type { Pace } from './sparsity.ts'

const fraction = number(ranges.sparsity)

const counted = {
  /**
   * Whether the fraction is of the remaining weights or of all prunable ones. During training always `'all'`. Default `'remaining'`.
   */
  of: words(['remaining', 'all'], { standard: 'remaining' }),
  /**
   * The smallest number of weights, or of channels in structured pruning, left in a layer. The layer's best are kept. Default 0: an empty
   * layer is an error.
   */
  minimum: optional(number(ranges.whole, { standard: 0 })),
}
const first = {
  /** The first layer: pruned like the others, or not at all. Default `'same'`. */
  firstLayer: optional(words(['same', 'keep'], { standard: 'same' })),
}
const rounded = {
  /**
   * Channels left in a layer are rounded up to a multiple of this number, or all stay. Many kernels are faster for multiples of 8 or 16. With a budget,
   * channels are removed in such steps until it is reached. Default 1.
   */
  multipleOf: optional(number(ranges.count, { standard: 1 })),
}
/** At most `keep` of every `of` consecutive inputs of an output. */
export const pattern = {
  keep: number(whole(1, 63, 'For example nm(2, 4).')),
  of: number(whole(2, 64, 'For example nm(2, 4).')),
}
const patternSpec = struct(pattern)
export type PatternSpec = Of<typeof patternSpec>
/** How pruning applies its fraction, for every criterion. */
export const ranking = {
  ...counted,
  ...rounded,
  ...first,
  scope: words(['global', 'group', 'layer', 'erk']),
  sparsity: either(fraction, dictionary(fraction)),
  exclude: list(text, { standard: [] }),
  outputLayer: words(['same', 'half', 'keep'], { standard: 'same' }),
  /** N:M sparsity; the fraction is that removed from each block. */
  pattern: optional(patternSpec),
  ...costs,
}
type Ranked = StructOf<typeof ranking>

/** The declaration of a criterion: its options in a stage, its kind of mask, and its requirements on the network and on when it prunes. */
export interface CriterionRecord {
  readonly options: Fields
  /** Structured masks require a network with channels. */
  readonly mask: Mask
  /** How channels are ranked by default. */
  readonly scope?: 'global' | 'layer'
  /** It reads batch norm. */
  readonly batchNorm?: true
  /** When it can prune. Default: at any time. */
  readonly pace?: Pace
}

/** A criterion and how its fraction is applied. prune() adds the pipeline's data, batch and seed where a criterion needs them. */
export type PrunerSpec<C = { readonly kind: string }> = Ranked & { readonly criterion: C }

/** A way to choose what to remove. `Req` is what it requires of the network, `M` the kind of mask, `P` when it can prune. */
export interface Pruner<in Req, out M extends Mask, in P extends Pace = Pace> {
  readonly kind: 'pruner'
  readonly spec: PrunerSpec
  readonly [needs]: (network: Req) => void
  readonly [leaves]: M
  readonly [when]: (pace: P) => void
}
declare const needs: unique symbol
declare const leaves: unique symbol
declare const when: unique symbol

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

type Counting = Given<typeof counted>
type ChannelCounting = Counting & Given<typeof rounded>

interface Ranking<X extends string> extends Counting, Given<typeof first> {
  /** Layers left alone. */
  readonly exclude?: readonly X[]
}

/**
 * One ranking over the whole network, one over all convolutions and one over all linear layers (`'group'`), or one for each layer with
 * densities from the Erdős–Rényi kernel (`'erk'`: the number of weights a layer keeps is proportional to the sum of its dimensions; Evci et
 * al., 2020). The output layer is pruned like the others, or not at all.
 */
interface GlobalRanking<X extends string> extends Ranking<X> {
  readonly scope?: 'global' | 'group' | 'erk'
  readonly outputLayer?: 'same' | 'keep'
}

/** One ranking for each layer: the output layer loses the same fraction, half of it, or nothing. */
interface LayerRanking<X extends string> extends Ranking<X> {
  readonly scope: 'layer'
  readonly outputLayer?: 'same' | 'half' | 'keep'
}

/** `scope` defaults to `'global'` and `outputLayer` to `'same'`. With a fraction for each layer, only `of` and `minimum` apply. */
export type WeightOptions<S extends Sparsity = number, X extends string = string> = S extends number
  ? GlobalRanking<X> | LayerRanking<X>
  : Counting

/**
 * Options for channels; the output layer is never pruned. `scope` defaults to `'layer'` for filter norms and to `'global'` for slimming.
 */
export type ChannelOptions<S extends Sparsity = number, X extends string = string> = S extends number | Budget
  ? Ranking<X> & Given<typeof rounded> & { readonly scope?: 'global' | 'layer' } & Times<S>
  : ChannelCounting

/** The table for a latency budget: the time of each layer with a kernel before pruning, in milliseconds. */
type Times<S> = S extends { readonly latency: number } ? { readonly milliseconds: { readonly [layer: string]: number } } : unknown

/** What a criterion requires of the network, other than its layers. */
export type NeedsOf<K extends 'filter' | 'slimming'> = { filter: HasChannels; slimming: HasChannels & HasBatchNorm }[K]

/** A criterion, with its own options among those of the ranking. Its requirements and its kind of mask exist in its type only. */
export const pruner = <Req, M extends Mask, P extends Pace = Pace>(
  kind: string,
  record: CriterionRecord,
  sparsity: Sparsity,
  options: unknown,
  user?: { readonly verb: string; readonly fn: FunctionRef; readonly gradient?: object },
): Pruner<Req, M, P> => {
  const { verb, ...members } = user ?? { verb: `${kind}()` }
  const [own, others] = apart(options, record.options)
  const criterion = { kind, ...numbersOf(verb, own, record.options), ...members }
  const budget = record.mask === 'structured' ? budgetIn(verb, sparsity, others) : undefined
  const how =
    budget !== undefined
      ? { ...ranked(verb, record, budget.share, budget.options), ...budget.counted }
      : typeof sparsity === 'object'
        ? layered(verb, record, sparsity, others)
        : ranked(verb, record, sparsity, others)
  const spec: PrunerSpec = { criterion, ...how }
  return Object.freeze({ kind: 'pruner', spec }) as unknown as Pruner<Req, M, P>
}

/** Separates a criterion's own options from those of the ranking, which rejects a value that is not an object. */
const apart = (given: unknown, own: Fields): readonly [{ readonly [option: string]: unknown }, unknown] => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return [{}, given]
  const isOwn = ([name]: [string, unknown]) => Object.hasOwn(own, name) && 'has' in own[name]!
  const [mine, others] = [Object.entries(given).filter(isOwn), Object.entries(given).filter((entry) => !isOwn(entry))]
  return [Object.fromEntries(mine), Object.fromEntries(others)]
}

/** The given options and those with a default; the others come from the pipeline. */
const numbersOf = (verb: string, given: { readonly [option: string]: unknown }, options: Fields): { readonly [option: string]: number } =>
  Object.fromEntries(
    Object.entries(options).flatMap(([name, form]) => {
      const declared = form as Declared<number>
      return given[name] === undefined && declared.standard === undefined ? [] : [[name, chosen(verb, name, given[name], declared)]]
    }),
  )

/** Layers that the options name. */
export const layersNamed = ({ sparsity, exclude, milliseconds = {} }: PrunerSpec): readonly string[] =>
  typeof sparsity === 'number' ? [...exclude, ...Object.keys(milliseconds)] : Object.keys(sparsity)

/** For one fraction. */
export const ranked = (verb: string, { mask, ...standard }: CriterionRecord, sparsity: unknown, options?: unknown): Ranked => {
  const part = inRange(verb, 'sparsity', sparsity, ranges.sparsity)
  const structured = mask === 'structured'
  const names = ['scope', 'of', 'exclude', 'firstLayer', ...(structured ? ['multipleOf'] : ['outputLayer']), 'minimum']
  const given: { readonly [name: string]: unknown } = optionsOf(verb, options, names)
  const scopes = structured ? (['global', 'layer'] as const) : ranking.scope.words
  const scope = oneOf(verb, 'scope', given.scope ?? standard.scope ?? 'global', scopes)
  const outputLayer = structured ? 'keep' : chosen(verb, 'outputLayer', given.outputLayer, ranking.outputLayer)
  if (scope !== 'layer' && outputLayer === 'half') {
    throw problem(
      'Where one fraction is for several layers, the output layer has no rate of its own.',
      { verb, option: 'outputLayer', value: shown('half'), allowed: "'same' or 'keep', or 'half' with scope: 'layer'" },
      "Add scope: 'layer', or leave the output layer alone with outputLayer: 'keep'.",
    )
  }
  const firstLayer = chosen(verb, 'firstLayer', given.firstLayer, ranking.firstLayer)
  return {
    scope,
    sparsity: part,
    exclude: namesOf(verb, given.exclude),
    ...(firstLayer === 'same' ? {} : { firstLayer }),
    outputLayer,
    ...counting(verb, given),
  }
}

/** For a fraction for each layer. */
export const layered = (verb: string, { mask }: CriterionRecord, perLayer: object, options?: unknown): Ranked => {
  const named = Object.entries(perLayer ?? {}).filter(([, part]) => part !== undefined)
  if (named.length === 0) {
    throw problem(
      'No layer was named, so nothing would be pruned.',
      { verb, value: shown(perLayer) },
      'For example prune({ fc1: 0.9, fc2: 0.5 }).',
    )
  }
  const sparsity = Object.fromEntries(named.map(([layer, part]) => [layer, inRange(verb, `sparsity of ${layer}`, part, ranges.sparsity)]))
  const structured = mask === 'structured'
  const given = optionsOf(verb, options, ['of', 'minimum', ...(structured ? ['multipleOf'] : [])])
  return { scope: 'layer', sparsity, exclude: [], outputLayer: structured ? 'keep' : 'same', ...counting(verb, given) }
}

const counting = (verb: string, given: { readonly [name: string]: unknown }): Pick<Ranked, 'of' | 'minimum' | 'multipleOf'> => {
  const minimum = chosen(verb, 'minimum', given.minimum, ranking.minimum)
  const multipleOf = chosen(verb, 'multipleOf', given.multipleOf, ranking.multipleOf)
  return {
    of: chosen(verb, 'of', given.of, ranking.of),
    ...(minimum === ranking.minimum.standard ? {} : { minimum }),
    ...(multipleOf === ranking.multipleOf.standard ? {} : { multipleOf }),
  }
}

const namesOf = (verb: string, names: unknown): readonly string[] => {
  if (names === undefined) return []
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return [...new Set(names)].sort()
  throw problem('exclude lists names of layers.', { verb, option: 'exclude', value: shown(names) }, "For example exclude: ['fc2'].")
}

/** Kinds of masks: of single weights, or of whole channels. */
export type Mask = 'unstructured' | 'structured'
