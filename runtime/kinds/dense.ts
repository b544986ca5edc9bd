/** Removes the masks: pruned weights start from zero and can be trained again. */
import { withoutPatterns } from '../../stdlib/pattern.ts'
import { readArtifact } from '../store/artifact.ts'
import { finish } from './finish.ts'
import type { Surgery } from './stage.ts'

export const dense: Surgery<'dense'> = async ({ inputs }, context) => {
  const network = await readArtifact(context.objects, inputs.model)
  return finish(context, { ...network, topology: withoutPatterns(network.topology), masks: new Map() })
}
