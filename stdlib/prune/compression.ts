/** Converts a compression ratio to a sparsity (Blalock et al., 2020: operating points of 2, 4, 8, 16 and 32). */
import { inRange, optionsOf, orMore, whole } from '../../dsl/check/checks.ts'

export interface CompressionOptions {
  /** The number of all parameters divided by the number of remaining ones. 1 or more, at most the ratio without any prunable weight. */
  readonly compression: number
  /** The number of parameters: kernels, biases and batch norm's scales and shifts. `espalier summary` prints it. */
  readonly parameters: number
  /** The number of prunable parameters: kernels, without biases and batch norm. */
  readonly prunable: number
}

/**
 * 1 − (parameters / c − (parameters − prunable)) / prunable: biases and batch norm stay, so the sparsity of the kernels is higher than 1 −
 * 1/c.
 * @throws PipelineProblem for inconsistent counts, and for a compression that pruning cannot reach
 */
export const sparsityFor = (options: CompressionOptions): number => {
  const verb = 'sparsityFor()'
  const given = optionsOf(verb, options, ['compression', 'parameters', 'prunable'])
  const hint = 'espalier summary FILE counts parameters; those of kernels are prunable.'
  const parameters = inRange(verb, 'parameters', given.parameters, orMore(1, hint, Number.POSITIVE_INFINITY))
  const prunable = inRange(verb, 'prunable', given.prunable, whole(1, parameters, hint))
  const stay = parameters - prunable
  const reachable = {
    says: stay === 0 ? '1 or more' : `from 1 up to but not including ${Number((parameters / stay).toFixed(1))}`,
    has: (c: number) => c >= 1 && parameters / c > stay,
    hint: 'Ask for less: what cannot be pruned (parameters - prunable) remains.',
  }
  const compression = inRange(verb, 'compression', given.compression, reachable)
  return 1 - (parameters / compression - stay) / prunable
}
