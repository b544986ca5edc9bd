/**
 * LAMP: layer-adaptive magnitude (Lee et al., ICLR 2021, arXiv 2010.07611, equation 1). With the weights of a layer in order of their size,
 *
 *   score(u) = W[u]² / Σ_{v ≥ u} W[v]²
 *
 * the share of a weight among the weights that are at least as large. One ranking over the network determines the density of each layer;
 * within a layer the smallest are removed, and the largest (score 1) stays. As in the authors' code, the sum runs over the sorted squares.
 * Removed weights are zero and add nothing.
 */
import type { Network } from '../network.ts'
import type { Scores, WeightCriterion } from './criterion.ts'

export const lampCriterion: WeightCriterion = { scorer: async () => lampScores }

export function lampScores({ topology: { parameters }, weights }: Pick<Network, 'topology' | 'weights'>): Scores {
  return new Map(parameters.filter(({ prunable }) => prunable).map(({ name }) => [name, shares(weights.get(name)!)]))
}

function shares(values: Float32Array): Float32Array {
  const squares = new Float64Array(values).map((value) => value * value)
  // A typed sort. Ties go to the first position in the layer, as elsewhere.
  const order = Uint32Array.from(squares.keys()).sort((a, b) => squares[a]! - squares[b]! || a - b)
  const scores = new Float32Array(values.length)
  let rest = 0
  for (let i = order.length - 1; i >= 0; i--) {
    const square = squares[order[i]!]!
    rest += square
    scores[order[i]!] = rest === 0 ? 0 : square / rest
  }
  return scores
}
