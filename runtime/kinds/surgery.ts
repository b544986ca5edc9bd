/** Stages that rearrange weights and masks: no engine, no steps, the same bits everywhere. */

import { checkInvariants } from '../../stdlib/invariants.ts'
import { applyMasks, shuffledMasks } from '../../stdlib/masks.ts'
import { densityMetrics } from '../../stdlib/metrics/density.ts'
import { heFor, initialise, withSigns } from '../../stdlib/models/structure/initialise.ts'
import { between } from '../../stdlib/models/structure/interpolation.ts'
import type { Network } from '../../stdlib/network.ts'
import { readArtifact, writeArtifact } from '../store/artifact.ts'
import type { Outcome, StageContext } from '../worker/stage-context.ts'
import type { Surgery } from './stage.ts'

/** Weights of one input under the masks of the other. */
export const rewind: Surgery<'rewind'> = async ({ inputs }, context) => {
  const { topology, masks } = await readArtifact(context.objects, inputs.model)
  const { weights } = await readArtifact(context.objects, inputs.to)
  return finish(context, { topology, masks, weights })
}

/** Without masks: the weights that were removed are zero, and train again. */
export const dense: Surgery<'dense'> = async ({ inputs }, context) => {
  const network = await readArtifact(context.objects, inputs.model)
  return finish(context, { ...network, masks: new Map() })
}

/** Fresh weights from the same distributions, biases and running statistics included, or the masks' bits elsewhere in their layers. */
export const reinit: Surgery<'reinit'> = async ({ options, inputs }, context) => {
  const { topology, masks, weights } = await readArtifact(context.objects, inputs.model)
  const left = options.shuffleMask === true ? shuffledMasks(masks, options.seed) : masks
  if (options.weights === 'keep') return finish(context, { topology, masks: left, weights })
  const drawn = initialise(options.he === undefined ? topology : heFor(topology, left, options.he), options.seed)
  if (inputs.signs === undefined) return finish(context, { topology, masks: left, weights: drawn })
  const like = await readArtifact(context.objects, inputs.signs)
  return finish(context, { topology, masks: left, weights: withSigns(topology, drawn, like.weights) })
}

/** A point on the line between two networks with the same masks. */
export const interpolate: Surgery<'interpolate'> = async ({ options, inputs }, context) => {
  const [from, to] = await Promise.all([inputs.model, inputs.to].map((digest) => readArtifact(context.objects, digest)))
  return finish(context, between(from!, to!, options.at))
}

export async function finish({ objects }: StageContext, network: Network): Promise<Outcome> {
  const masked = { ...network, weights: applyMasks(network.weights, network.masks) }
  checkInvariants(masked)
  return { artifact: await writeArtifact(objects, masked), snapshots: {}, metrics: densityMetrics(masked), numerics: null }
}
