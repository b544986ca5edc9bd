/** Magnitude pruning (Han et al., 2015): the weights with the smallest absolute value go. */
import type { PruneOptions } from '../../dsl/stage.ts'
import type { Masks, Network, Topology, Weights } from '../network.ts'
import { rankedMasks, type Scores } from './ranking.ts'

export function magnitudes({ parameters }: Topology, weights: Weights): Scores {
  return new Map(parameters.filter(({ prunable }) => prunable).map(({ name }) => [name, weights.get(name)!.map(Math.abs)]))
}

/** The masks after pruning. @throws PipelineProblem as `rankedMasks` */
export function magnitudeMasks(network: Network, options: PruneOptions): Masks {
  return rankedMasks(network, magnitudes(network.topology, network.weights), options)
}
