/** Writes a network for other programs. The network passes through, so there is no artifact. */

import { canonical } from '../../dsl/check/canonical.ts'
import type { Network } from '../../stdlib/network.ts'
import { sha256 } from '../format/hash.ts'
import { writeExport } from '../interop/export-files.ts'
import { readArtifact } from '../store/artifact.ts'
import { type StoredTensor, writeSafetensors } from '../store/safetensors.ts'
import { failures } from '../worker/problems.ts'
import type { Computation } from './stage.ts'

export const exported: Computation<'export'> = async ({ options, inputs }, { objects, exports, job }, cache) => {
  const network = await readArtifact(objects, inputs.model)
  const { format, path } = options
  if (job.folder === null) throw failures.exportBlocked(path, 'there is no project folder')
  const bound = format === 'tfjs' ? await cache.network(network.topology.model) : undefined
  const files = bound?.saved(network.weights, shardName) ?? new Map([['', safetensors(network, inputs.model)]])
  const bytes = await writeExport(exports, { folder: job.folder, path, key: job.key }, files)
  return { artifact: null, snapshots: {}, metrics: { bytes }, numerics: null }
}

/** Named by its content, so that the files of an older network stay readable until its model.json is replaced. */
const shardName = (index: number, count: number, content: Uint8Array): string =>
  `group1-shard${index}of${count}-${sha256(content).slice(0, 16)}.bin`

/** Weights by `layer/weight`; what was pruned is zero. */
function safetensors({ topology, weights }: Network, artifact: string): Uint8Array {
  const tensors = topology.parameters.map(({ name, shape }): [string, StoredTensor] => [
    name,
    { dtype: 'F32', shape, data: weights.get(name)! },
  ])
  const { model, input, classes } = topology
  return writeSafetensors(new Map(tensors), { artifact, model: canonical({ ...model }), input: input.join(','), classes: String(classes) })
}
