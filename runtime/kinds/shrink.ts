/** Takes out the channels that masks hide: a smaller network that computes the same. */
import { shrinking } from '../../stdlib/prune/shrink.ts'
import { readArtifact } from '../store/artifact.ts'
import { finish } from './finish.ts'
import type { Computation } from './stage.ts'

export const shrink: Computation<'shrink'> = async ({ inputs }, context, cache) => {
  const network = await readArtifact(context.objects, inputs.model)
  const bound = await cache.network(network.topology.model)
  const narrower = shrinking(network, bound.channels())
  return finish(context, narrower.network((await cache.network(narrower.model)).topology))
}
