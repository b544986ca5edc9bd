/** What makes a weight worth keeping, and the masks that follow. */
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import type { ChannelGroup } from '../models/structure/channels.ts'
import { type Masks, type Network, sizeOf, type Topology } from '../network.ts'
import { Stream } from '../random/stream.ts'
import { magnitudes } from './magnitude.ts'
import { rankedMasks, type Scores } from './ranking.ts'
import { channelMasks, isStructured } from './structured.ts'

/** What a criterion may need beside the weights. */
export interface Evidence {
  /** For whole channels: which belong together. */
  readonly channels?: readonly ChannelGroup[]
  /** For gradients, movement and the user's own criteria: the scores, worked out where there is data. */
  readonly scores?: Scores
}

/** The masks after pruning. @throws PipelineProblem as `rankedMasks` and `channelMasks` */
export function prunedMasks(network: Network, options: PruneOptions, evidence: Evidence = {}): Masks {
  if (isStructured(options)) return channelMasks(network, evidence.channels ?? [], options)
  return rankedMasks(network, scoresOf(network, options, evidence), options)
}

function scoresOf({ topology, weights }: Network, { criterion }: PruneOptions, { scores }: Evidence): Scores {
  if (scores !== undefined) return scores
  return criterion.kind === 'random' ? randomScores(topology, criterion.seed) : magnitudes(topology, weights)
}

/** A number in (0, 1) for each weight, each parameter a stream of its own. */
function randomScores({ parameters }: Topology, seed: number): Scores {
  return new Map(
    parameters.flatMap(({ name, shape, prunable }, index) => {
      if (!prunable) return []
      const stream = new Stream(seed, 'prune', index)
      return [[name, Float32Array.from({ length: sizeOf(shape) }, () => stream.uniform())]]
    }),
  )
}
