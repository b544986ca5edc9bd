/** Initial weights: the network is built once to obtain its parameters; the weights are drawn without it. */

import { withoutNames } from '../../dsl/check/function-reference.ts'
import { initialise } from '../../stdlib/models/structure/initialise.ts'
import { writeArtifact } from '../store/artifact.ts'
import type { Computation } from './stage.ts'

export const init: Computation<'init'> = async ({ options }, { objects }, cache) => {
  const { topology } = await cache.network(withoutNames({ ...options.model }))
  const network = { topology, weights: initialise(topology, options.seed), masks: new Map<string, Uint8Array>() }
  return { artifact: await writeArtifact(objects, network), snapshots: {}, metrics: {}, numerics: null }
}
