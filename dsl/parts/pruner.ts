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
/** At most `keep` of every `of` consecutive inputs of an output. */
export const pattern = {
  keep: number(whole(1, 63, 'For example nm(2, 4).')),
  of: number(whole(2, 64, 'For example nm(2, 4).')),
}
const patternSpec = struct(pattern)
export type PatternSpec = Of<typeof patternSpec>
/** How pruning takes its fraction, whatever the criterion. */
export const ranking = {
  ...counted,
  ...first,
  scope: words(['global', 'group', 'layer', 'erk']),
  sparsity: either(fraction, dictionary(fraction)),
  exclude: list(text, { standard: [] }),
  outputLayer: words(['same', 'half', 'keep'], { standard: 'same' }),
  /** N:M sparsity, of which the fraction is what goes of each block. */
  pattern: optional(patternSpec),
  ...costs,
}
type Ranked = StructOf<typeof ranking>

/** What the language knows of a criterion: its options in a stage, the masks it leaves, what it asks of the network and of the moment. */
export interface CriterionRecord {
  readonly options: Fields
  /** Whole channels need a network that has some. */
  readonly mask: Mask
  /** How channels are ranked unless told otherwise. */
  readonly scope?: 'global' | 'layer'
  /** It looks at batch norm. */
  readonly batchNorm?: true
  /** When it can choose. Default: whenever. */
  readonly pace?: Pace
}

/** A criterion and how its fraction is taken. What draws or reads data lacks what is the pipeline's to say, until prune() completes it. */
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

interface Ranking<X extends string> extends Counting, Given<typeof first> {
  /** Layers left alone. */
  readonly exclude?: readonly X[]
}

/**
 * One ranking over the whole network, one over all convolutions and one over all linear layers (`'group'`), or one a layer to densities by
 * the Erdős–Rényi kernel (`'erk'`: a layer keeps in proportion to the sum of its shape; Evci et al., 2020): the output layer is treated like
 * the others, or is left alone.
 */
interface GlobalRanking<X extends string> extends Ranking<X> {
  readonly scope?: 'global' | 'group' | 'erk'
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

/**
 * Options for channels; the output layer is never pruned. `scope` defaults to `'layer'` for filter norms and to `'global'` for slimming.
 */
export type ChannelOptions<S extends Sparsity = number, X extends string = string> = S extends number | Budget
  ? Ranking<X> & { readonly scope?: 'global' | 'layer' } & Times<S>
  : Counting

/** What a budget of time goes by: what each layer with a kernel takes as it is, in milliseconds. */
type Times<S> = S extends { readonly latency: number } ? { readonly milliseconds: { readonly [layer: string]: number } } : unknown

/** What a criterion asks of the network beside its layers. */
export type NeedsOf<K extends 'filter' | 'slimming'> = { filter: HasChannels; slimming: HasChannels & HasBatchNorm }[K]

/** A criterion whose own options stand among those of the ranking. What it needs and leaves exists in its type only. */
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

/** A criterion's own options, and those of the ranking. What is no object is left to be refused there. */
const apart = (given: unknown, own: Fields): readonly [{ readonly [option: string]: unknown }, unknown] => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return [{}, given]
  const isOwn = ([name]: [string, unknown]) => Object.hasOwn(own, name) && 'has' in own[name]!
  const [mine, others] = [Object.entries(given).filter(isOwn), Object.entries(given).filter((entry) => !isOwn(entry))]
  return [Object.fromEntries(mine), Object.fromEntries(others)]
}

/** Those that were given, and those that have a default of their own; the others are the pipeline's to say. */
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

/** Of one fraction. */
export const ranked = (verb: string, { mask, ...standard }: CriterionRecord, sparsity: unknown, options?: unknown): Ranked => {
  const part = inRange(verb, 'sparsity', sparsity, ranges.sparsity)
  const structured = mask === 'structured'
  const names = ['scope', 'of', 'exclude', 'firstLayer', ...(structured ? [] : ['outputLayer']), 'minimum']
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

/** Of a fraction for each layer. */
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
  const outputLayer = mask === 'structured' ? 'keep' : 'same'
  return { scope: 'layer', sparsity, exclude: [], outputLayer, ...counting(verb, optionsOf(verb, options, ['of', 'minimum'])) }
}

const counting = (verb: string, given: { readonly of?: unknown; readonly minimum?: unknown }): Pick<Ranked, 'of' | 'minimum'> => {
  const minimum = chosen(verb, 'minimum', given.minimum, ranking.minimum)
  return { of: chosen(verb, 'of', given.of, ranking.of), ...(minimum === ranking.minimum.standard ? {} : { minimum }) }
}

const namesOf = (verb: string, names: unknown): readonly string[] => {
  if (names === undefined) return []
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return [...new Set(names)].sort()
  throw problem('exclude lists names of layers.', { verb, option: 'exclude', value: shown(names) }, "For example exclude: ['fc2'].")
}

/** Kinds of masks: of single weights, or of whole channels. */
export type Mask = 'unstructured' | 'structured'
