/** From how many times smaller a network is to be, to how much must go (Blalock et al., 2020: operating points of 2, 4, 8, 16 and 32). */
import { inRange, optionsOf, orMore, whole } from '../../dsl/check/checks.ts'

export interface CompressionOptions {
  /** All parameters over those that are left. 1 or more, up to what is left when every prunable weight is gone. */
  readonly compression: number
  /** Of the network: kernels, biases and batch norm's scales and shifts. `espalier summary` counts them. */
  readonly parameters: number
  /** Those of them that may go: of kernels, without biases and batch norm. */
  readonly prunable: number
}

/**
 * 1 − (parameters / c − (parameters − prunable)) / prunable: biases and batch norm stay, so more of the kernels must go than 1 − 1/c.
 * @throws PipelineProblem for counts that cannot be, and a compression that pruning cannot reach
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
