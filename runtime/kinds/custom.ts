/** A user-defined stage: its function computes the weights, and the masks remain applied. */

import type { CustomOptions } from '../../dsl/graph/stage-options.ts'
import type { StageFunction } from '../../dsl/language/custom.ts'
import { customStage } from '../../stdlib/custom-stage.ts'
import { readArtifact } from '../store/artifact.ts'
import { finish } from './finish.ts'
import type { Computation } from './stage.ts'

export const custom: Computation<'custom'> = async ({ options, inputs }, context, cache) => {
  const network = await readArtifact(context.objects, inputs.model)
  const fn = await cache.userFunction<StageFunction<CustomOptions['options']>>(options.fn)
  return finish(context, { ...network, weights: customStage(network, fn, options) })
}
