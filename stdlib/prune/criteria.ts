/** What makes a weight worth keeping, for the criteria that need nothing but the weights. */
import { PipelineProblem } from '../../dsl/problem.ts'
import type { PruneOptions } from '../../dsl/stage.ts'
import { type Masks, type Network, sizeOf } from '../network.ts'
import { Stream } from '../random/stream.ts'
import { magnitudes } from './magnitude.ts'
import { rankedMasks, type Scores } from './ranking.ts'

/** The masks after pruning. @throws PipelineProblem as `rankedMasks`, and for a criterion that needs data or a training */
export function scoredMasks(network: Network, options: PruneOptions): Masks {
  return rankedMasks(network, scoresOf(network, options), options)
}

function scoresOf({ topology, weights }: Network, { criterion }: PruneOptions): Scores {
  switch (criterion.kind) {
    case 'magnitude':
      return magnitudes(topology, weights)
    case 'random':
      return randomScores({ topology, seed: criterion.seed })
    default:
      throw new PipelineProblem({
        title: `Pruning by ${criterion.kind} needs more than the weights.`,
        facts: [['criterion', criterion.kind]],
        hint: 'Use magnitude or random here.',
      })
  }
}

/** A number in (0, 1) for each weight, each parameter a stream of its own. */
function randomScores({ topology, seed }: Pick<Network, 'topology'> & { readonly seed: number }): Scores {
  return new Map(
    topology.parameters.flatMap(({ name, shape, prunable }, index) => {
      if (!prunable) return []
      const stream = new Stream(seed, 'prune', index)
      return [[name, Float32Array.from({ length: sizeOf(shape) }, () => stream.uniform())]]
    }),
  )
}
