/** Merges the members of a batch ensemble into one network, or extracts one of them. */
import { mergeMembers } from '../../stdlib/distill/merge.ts'
import { batchEnsembleOf } from '../../stdlib/models/networks/batch-ensemble.ts'
import { readArtifact } from '../store/artifact.ts'
import { finish } from './finish.ts'
import type { Computation } from './stage.ts'

export const merge: Computation<'merge'> = async ({ options, inputs }, context, cache) => {
  const network = await readArtifact(context.objects, inputs.model)
  const base = batchEnsembleOf(network.topology.model)?.of ?? network.topology.model
  const { topology } = await cache.network(base)
  return finish(context, mergeMembers(network, topology, options.member))
}
