/** Removes weights or whole channels by setting them to zero. */

import { topologyAfter } from '../../stdlib/prune/ranking.ts'
import { masksAtOnce } from '../../stdlib/prune/registry.ts'
import { readArtifact } from '../store/artifact.ts'
import { finish } from './finish.ts'
import type { Computation } from './stage.ts'

export const prune: Computation<'prune'> = async ({ options, inputs }, context, cache) => {
  const network = await readArtifact(context.objects, inputs.model)
  const masks = await masksAtOnce(network, options, cache)
  return finish(context, { ...network, topology: topologyAfter(network.topology, options), masks })
}
