/** Magnitude pruning (Han et al., 2015): a weight is worth its absolute value. */
import type { Topology, Weights } from '../network.ts'
import type { Scores } from './ranking.ts'

export function magnitudes({ parameters }: Topology, weights: Weights): Scores {
  return new Map(parameters.filter(({ prunable }) => prunable).map(({ name }) => [name, weights.get(name)!.map(Math.abs)]))
}
