/** Removes weights, or whole channels; those removed are set to zero. */

import type { Score } from '../../dsl/parts/criteria.ts'
import type { Network } from '../../stdlib/network.ts'
import { type Evidence, prunedMasks } from '../../stdlib/prune/criteria.ts'
import { customScores } from '../../stdlib/prune/custom.ts'
import { gradientScores } from '../../stdlib/prune/saliency.ts'
import { shrinking } from '../../stdlib/prune/shrink.ts'
import { isStructured } from '../../stdlib/prune/structured.ts'
import { readArtifact } from '../store/artifact.ts'
import type { WorkerCache } from '../worker/cache.ts'
import type { Computation } from './stage.ts'
import { finish } from './surgery.ts'
import type { WorkOf } from './work.ts'

export const prune: Computation<'prune'> = async ({ options, inputs }, context, cache) => {
  const network = await readArtifact(context.objects, inputs.model)
  return finish(context, { ...network, masks: prunedMasks(network, options, await evidenceFor(options, network, cache)) })
}

export const shrink: Computation<'shrink'> = async ({ inputs }, context, cache) => {
  const network = await readArtifact(context.objects, inputs.model)
  const bound = await cache.network(network.topology.model)
  const narrower = shrinking(network, bound.channels())
  return finish(context, narrower.network((await cache.network(narrower.model)).topology))
}

/** An engine is opened only for a criterion that needs one. */
async function evidenceFor(options: WorkOf<'prune'>['options'], network: Network, cache: WorkerCache): Promise<Evidence> {
  const { criterion } = options
  const { topology, weights } = network
  if (isStructured(options)) return { channels: (await cache.network(topology.model)).channels() }
  switch (criterion.kind) {
    case 'gradient': {
      const [engine, bound] = [await cache.engine(), await cache.network(topology.model)]
      bound.load(weights)
      return { scores: await gradientScores(engine, bound, await cache.examples(criterion.data, 'train'), criterion) }
    }
    case 'custom':
      return { scores: customScores(network, await cache.userParts.function<Score>(criterion.fn)) }
    default:
      return {}
  }
}
