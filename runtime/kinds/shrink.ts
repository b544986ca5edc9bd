/** Removes channels without kernels, and folds their constants into the layers that read them: a smaller network with the same function. */
import { withConstantsInReaders } from '../../stdlib/prune/constants.ts'
import { shrinking } from '../../stdlib/prune/shrink.ts'
import { readArtifact } from '../store/artifact.ts'
import { finish } from './finish.ts'
import type { Computation } from './stage.ts'

export const shrink: Computation<'shrink'> = async ({ inputs }, context, cache) => {
  const masked = await readArtifact(context.objects, inputs.model)
  const bound = await cache.network(masked.topology.model)
  const network = await withConstantsInReaders(await cache.engine(), bound, masked)
  const narrower = shrinking(network, bound.channels())
  return finish(context, narrower.network((await cache.network(narrower.model)).topology))
}
