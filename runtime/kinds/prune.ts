/** Removes weights, or whole channels; those removed are set to zero. */

import { masksAtOnce } from '../../stdlib/prune/registry.ts'
import { readArtifact } from '../store/artifact.ts'
import { finish } from './finish.ts'
import type { Computation } from './stage.ts'

export const prune: Computation<'prune'> = async ({ options, inputs }, context, cache) => {
  const network = await readArtifact(context.objects, inputs.model)
  return finish(context, { ...network, masks: await masksAtOnce(network, options, cache) })
}
