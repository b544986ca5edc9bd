/** Writes a network in a format of other programs. There is no artifact, because the network is unchanged. */
import { checkInvariants } from '../../stdlib/invariants.ts'
import { writeExport } from '../interop/export-files.ts'
import { exportFormats } from '../interop/registry.ts'
import { readArtifact } from '../store/artifact.ts'
import { failures } from '../worker/problems.ts'
import { measure } from './measure.ts'
import type { Computation } from './stage.ts'

export const exported: Computation<'export'> = async ({ options, inputs }, { objects, exports, job }, cache) => {
  const { format, path } = options
  if (job.folder === null) throw failures.exportBlocked(path, 'there is no project folder')
  const rules = exportFormats[format]
  const network = await readArtifact(objects, inputs.model)
  checkInvariants(network)
  const data = rules.measured === true ? options.normalize?.data : undefined
  const metrics =
    data === undefined ? {} : await measure(cache, { networks: [network], teachers: [], data, splits: ['validation', 'test'] })
  const content = await rules.files({ network, artifact: inputs.model, key: job.key, options, metrics }, cache)
  const bytes = await writeExport(exports, { folder: job.folder, path, key: job.key }, content, rules)
  return { artifact: null, snapshots: {}, metrics: { bytes }, numerics: null }
}
