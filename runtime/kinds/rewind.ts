/** Combines the weights of one input with the masks of the other. */
import { readArtifact } from '../store/artifact.ts'
import { finish } from './finish.ts'
import type { Surgery } from './stage.ts'

export const rewind: Surgery<'rewind'> = async ({ inputs }, context) => {
  const { topology, masks } = await readArtifact(context.objects, inputs.model)
  const { weights } = await readArtifact(context.objects, inputs.to)
  return finish(context, { topology, masks, weights })
}
