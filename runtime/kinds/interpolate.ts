/** A point on the line between two networks with the same masks. */
import { between } from '../../stdlib/models/structure/interpolation.ts'
import { readArtifact } from '../store/artifact.ts'
import { finish } from './finish.ts'
import type { Surgery } from './stage.ts'

export const interpolate: Surgery<'interpolate'> = async ({ options, inputs }, context) => {
  const [from, to] = await Promise.all([inputs.model, inputs.to].map((digest) => readArtifact(context.objects, digest)))
  return finish(context, between(from!, to!, options.at))
}
