/** Removes weights, or whole channels; those removed are set to zero. */

import { maskChooser } from '../../stdlib/prune/registry.ts'
import { readArtifact } from '../store/artifact.ts'
import { finish } from './finish.ts'
import type { Computation } from './stage.ts'

export const prune: Computation<'prune'> = async ({ options, inputs }, context, cache) => {
  const network = await readArtifact(context.objects, inputs.model)
  const choose = await maskChooser(options.criterion, 'at once', network, cache)
  return finish(context, { ...network, masks: choose(network, options) })
}
