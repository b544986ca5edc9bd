/** Writes a network for other programs. The network passes through, so there is no artifact. */
import { writeExport } from '../interop/export-files.ts'
import { exportFormats } from '../interop/registry.ts'
import { readArtifact } from '../store/artifact.ts'
import { failures } from '../worker/problems.ts'
import type { Computation } from './stage.ts'

export const exported: Computation<'export'> = async ({ options, inputs }, { objects, exports, job }, cache) => {
  const { format, path } = options
  if (job.folder === null) throw failures.exportBlocked(path, 'there is no project folder')
  const rules = exportFormats[format]
  const content = await rules.files(
    { network: await readArtifact(objects, inputs.model), artifact: inputs.model, key: job.key, options },
    cache,
  )
  const bytes = await writeExport(exports, { folder: job.folder, path, key: job.key }, content, rules)
  return { artifact: null, snapshots: {}, metrics: { bytes }, numerics: null }
}
