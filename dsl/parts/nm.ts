/** N:M sparsity: at most N of every M consecutive inputs of an output have a weight, as hardware for sparse products requires. */
import { inRange, oneOf, optionsOf, problem, whole } from '../check/checks.ts'
import type { HasLayer } from './arch.ts'
import criteria from './criteria.ts'
import { type CriterionRecord, type Pruner, type PrunerSpec, pattern, ranked } from './pruner.ts'

export interface NmOptions<X extends string = string> {
  /** Which weights of each group of M are removed: the smallest |w| (default), or random ones, the control. */
  readonly by?: 'magnitude' | 'random'
  /** For `by: 'random'`. Default: the pipeline's. */
  readonly seed?: number
  /** Layers left alone. */
  readonly exclude?: readonly X[]
  /** The first layer: pruned like the others (default), or not at all. */
  readonly firstLayer?: 'same' | 'keep'
  /** The output layer: pruned like the others (default), or not at all. */
  readonly outputLayer?: 'same' | 'keep'
}

/**
 * N:M sparsity (Mishra et al., 2021, arXiv 2104.08378): keeps the `n` largest |w| of every `m` consecutive inputs of an output. Depthwise
 * kernels, and layers with a number of inputs that is not a multiple of `m`, stay dense, as in NVIDIA's ASP. Every later stage checks at
 * its end that the mask has the pattern; dense() and shrink() lift it.
 * @param n from 1 to m − 1 @param m from 2 to 64
 */
export const nm = <const X extends string = never>(
  n: number,
  m: number,
  options?: NmOptions<X>,
): Pruner<HasLayer<NoInfer<X>>, 'unstructured', 'at once'> => {
  const verb = 'nm()'
  const { by = 'magnitude', seed, ...others } = optionsOf(verb, options, ['by', 'seed', 'exclude', 'firstLayer', 'outputLayer'])
  const of = inRange(verb, 'm', m, pattern.of)
  const keep = inRange(verb, 'n', n, whole(1, of - 1, 'For example nm(2, 4).'))
  const kind = oneOf(verb, 'by', by, ['magnitude', 'random'])
  if (seed !== undefined && kind !== 'random')
    throw problem(
      'A seed is for masks that are drawn at random, and this one is not.',
      { verb, option: 'seed', allowed: "nothing without by: 'random'" },
      'Leave it out.',
    )
  const drawn = seed === undefined ? {} : { seed: inRange(verb, 'seed', seed, criteria.random.options.seed) }
  const how = ranked(verb, criteria[kind] as CriterionRecord, 1 - keep / of, { ...others, scope: 'layer' })
  const spec: PrunerSpec = { criterion: { kind, ...drawn }, ...how, pattern: { keep, of } }
  return Object.freeze({ kind: 'pruner', spec }) as unknown as Pruner<HasLayer<NoInfer<X>>, 'unstructured', 'at once'>
}
