/** Magnitude pruning (Han et al., 2015): the score of a weight is its absolute value. */
import type { Network } from '../network.ts'
import type { Scores, WeightCriterion } from './criterion.ts'

export const magnitudeCriterion: WeightCriterion = { scorer: async () => magnitudes }

export function magnitudes({ topology: { parameters }, weights }: Pick<Network, 'topology' | 'weights'>): Scores {
  return new Map(parameters.filter(({ prunable }) => prunable).map(({ name }) => [name, absolute(weights.get(name)!)]))
}

/** A plain loop, because gradual pruning and feedback do this every few steps. */
function absolute(values: Float32Array): Float32Array {
  const sizes = new Float32Array(values.length)
  for (let i = 0; i < values.length; i++) sizes[i] = Math.abs(values[i]!)
  return sizes
}
