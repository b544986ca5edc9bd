/** Removes weights, or whole channels; those removed are set to zero. */

import { maskChooser } from '../../stdlib/prune/registry.ts'
import { shrinking } from '../../stdlib/prune/shrink.ts'
import { readArtifact } from '../store/artifact.ts'
import type { Computation } from './stage.ts'
import { finish } from './surgery.ts'

export const prune: Computation<'prune'> = async ({ options, inputs }, context, cache) => {
  const network = await readArtifact(context.objects, inputs.model)
  const choose = await maskChooser(options.criterion, 'at once', network, cache)
  return finish(context, { ...network, masks: choose(network, options) })
}

export const shrink: Computation<'shrink'> = async ({ inputs }, context, cache) => {
  const network = await readArtifact(context.objects, inputs.model)
  const bound = await cache.network(network.topology.model)
  const narrower = shrinking(network, bound.channels())
  return finish(context, narrower.network((await cache.network(narrower.model)).topology))
}
