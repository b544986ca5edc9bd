/** Reinitialisation: new weights, biases and running statistics from the same distributions, or masks shuffled within layers. */
import { shuffledMasks } from '../../stdlib/masks.ts'
import { heFor, initialise, withSigns } from '../../stdlib/models/structure/initialise.ts'
import { readArtifact } from '../store/artifact.ts'
import { finish } from './finish.ts'
import type { Surgery } from './stage.ts'

export const reinit: Surgery<'reinit'> = async ({ options, inputs }, context) => {
  const { topology, masks, weights } = await readArtifact(context.objects, inputs.model)
  const left = options.shuffleMask === true ? shuffledMasks(masks, options.seed, topology) : masks
  if (options.weights === 'keep') return finish(context, { topology, masks: left, weights })
  const drawn = initialise(options.he === undefined ? topology : heFor(topology, left, options.he), options.seed)
  if (inputs.signs === undefined) return finish(context, { topology, masks: left, weights: drawn })
  const like = await readArtifact(context.objects, inputs.signs)
  return finish(context, { topology, masks: left, weights: withSigns(topology, drawn, like.weights) })
}
