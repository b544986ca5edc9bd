import type { Arch, HasLayer } from './arch.ts'
import { inRange, oneOf, optionsOf, plain, problem, ranges, shown } from './checks.ts'
import type { PruneOptions } from './stage.ts'
import type { Illegal, Why } from './why.ts'

/** A way to choose what to remove. `Req` is what the network must offer, `M` the kind of mask it leaves. */
export interface Pruner<in Req, out M extends 'unstructured' | 'structured'> {
  readonly kind: 'pruner'
  readonly spec: PruneOptions
  readonly [needs]: (network: Req) => void
  readonly [leaves]: M
}
declare const needs: unique symbol
declare const leaves: unique symbol

/** A literal sparsity that is out of range does not compile. */
export type Fraction<N extends number> = number extends N
  ? N
  : `${N}` extends `0.${string}` | '0' | `${number}e-${number}`
    ? N
    : Illegal<Why<'sparsity'>>

/** The fraction removed from each named layer; the others are left alone. */
export type PerLayer<A extends Arch> = { readonly [L in keyof A['layers']]?: number }

type Sparsity = number | { readonly [layer: string]: number }
type Named<S extends Sparsity> = S extends number ? never : keyof S & string
type InRange<S extends Sparsity> = S extends number ? Fraction<S> : S

interface Counting {
  /** Whether the fraction counts the weights still alive, or all prunable ones. Default `'remaining'`. */
  readonly of?: 'remaining' | 'all'
}

interface Ranking<X extends string> extends Counting {
  /** Layers left alone. */
  readonly exclude?: readonly X[]
}

/** One ranking over the whole network: the output layer competes like the others, or is left alone. */
interface GlobalRanking<X extends string> extends Ranking<X> {
  readonly scope?: 'global'
  readonly outputLayer?: 'same' | 'keep'
}

/** One ranking a layer: the output layer loses the same fraction, half of it, or nothing. */
interface LayerRanking<X extends string> extends Ranking<X> {
  readonly scope: 'layer'
  readonly outputLayer?: 'same' | 'half' | 'keep'
}

/** `scope` default `'global'`, `outputLayer` default `'same'`. With a fraction for each layer only `of` has a meaning. */
export type MagnitudeOptions<S extends Sparsity = number, X extends string = string> = S extends number
  ? GlobalRanking<X> | LayerRanking<X>
  : Counting

/**
 * Removes the weights with the smallest absolute value; exactly round(fraction · n) of them, ties by position.
 * Kernels only: biases and batch norm are never pruned.
 * @param sparsity the fraction removed, in [0, 1): one number, or one for each layer by name
 */
export const magnitude = <const S extends Sparsity, const X extends string = never>(
  sparsity: InRange<S> & Sparsity,
  options?: MagnitudeOptions<S, X>,
): Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured'> => {
  const spec = typeof sparsity === 'number' ? ranked('magnitude()', sparsity, options) : layered('magnitude()', sparsity, options)
  // What a pruner needs and leaves exists in its type only.
  return Object.freeze({ kind: 'pruner', spec }) as Pruner<HasLayer<Named<S> | NoInfer<X>>, 'unstructured'>
}

/** What a user may give to prune(), as the options of a stage. */
export const pruneOptions = (how: unknown): PruneOptions => {
  plain('prune()', how)
  if (typeof how === 'number') return ranked('prune()', how)
  if (typeof how === 'object' && how !== null && !Array.isArray(how)) {
    if ('kind' in how && how.kind === 'pruner') return (how as Pruner<never, never>).spec
    return layered('prune()', how)
  }
  throw problem(
    'prune() takes a fraction, a fraction for each layer, or a pruner.',
    [
      ['verb', 'prune()'],
      ['value', shown(how)],
    ],
    'For example prune(0.9), prune({ fc1: 0.9 }) or prune(magnitude(0.9)).',
  )
}

/** Layers that the options name. */
export const layersNamed = ({ sparsity, exclude }: PruneOptions): readonly string[] =>
  typeof sparsity === 'number' ? exclude : Object.keys(sparsity)

const base = { criterion: { kind: 'magnitude' }, exclude: [], outputLayer: 'same' } as const

const ranked = (verb: string, sparsity: number, options?: unknown): PruneOptions => {
  const fraction = inRange(verb, 'sparsity', sparsity, ranges.sparsity)
  const {
    scope = 'global',
    of = 'remaining',
    exclude = [],
    outputLayer = 'same',
  } = optionsOf(verb, options, ['scope', 'of', 'exclude', 'outputLayer'])
  const names = Array.isArray(exclude) && exclude.every((name) => typeof name === 'string') ? exclude : undefined
  if (names === undefined) {
    throw problem(
      'exclude lists names of layers.',
      [
        ['verb', verb],
        ['option', 'exclude'],
        ['value', shown(exclude)],
      ],
      "For example exclude: ['fc2'].",
    )
  }
  const ranking = oneOf(verb, 'scope', scope, ['global', 'layer'])
  const output = oneOf(verb, 'outputLayer', outputLayer, ['same', 'half', 'keep'])
  if (ranking === 'global' && output === 'half') {
    throw problem(
      'One ranking over the whole network has no rate of its own for the output layer.',
      [
        ['verb', verb],
        ['option', 'outputLayer'],
        ['value', "'half'"],
        ['allowed', "'same' or 'keep', or 'half' with scope: 'layer'"],
      ],
      "Add scope: 'layer', or leave the output layer alone with outputLayer: 'keep'.",
    )
  }
  return {
    ...base,
    scope: ranking,
    sparsity: fraction,
    of: oneOf(verb, 'of', of, ['remaining', 'all']),
    exclude: [...new Set(names)].sort(),
    outputLayer: output,
  }
}

const layered = (verb: string, perLayer: object, options?: unknown): PruneOptions => {
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
  const { of = 'remaining' } = optionsOf(verb, options, ['of'])
  const sparsity = Object.fromEntries(
    named.map(([layer, fraction]) => [layer, inRange(verb, `sparsity of ${layer}`, fraction, ranges.sparsity)]),
  )
  return { ...base, scope: 'layer', sparsity, of: oneOf(verb, 'of', of, ['remaining', 'all']) }
}
