/** A checkpoint as bytes: a safetensors file with everything except the tensors in its metadata. */
import { canonical } from '../../dsl/check/canonical.ts'
import type { Checkpoint, CheckpointHeader } from './checkpoints.ts'
import { problems } from './problems.ts'
import { isMap, isNumerics, isSnapshots, isText, isWhole } from './result-form.ts'
import { readMetadata, readSafetensors, type Safetensors, writeSafetensors } from './safetensors.ts'

/** The name carries the format version: a file with another name is skipped. */
const field = 'espalier checkpoint 1'

export function encodeCheckpoint({ tensors, snapshots = {}, ...header }: Checkpoint): Uint8Array {
  return writeSafetensors(tensors, { [field]: canonical({ ...header, snapshots, numerics: { ...header.numerics } }) })
}

/** Decodes and validates what `encodeCheckpoint` wrote; undefined for another version. @param file named in errors */
export function decodeCheckpoint(content: Uint8Array, file: string): Checkpoint | undefined {
  const { tensors, metadata } = readSafetensors(content, file)
  const header = headerIn(metadata, file)
  return header === undefined ? undefined : { ...header, tensors }
}

/** The header only; no tensor is read. @throws StoreProblem, also for a file whose length does not match its header */
export async function readCheckpointHeader(...source: Parameters<typeof readMetadata>): Promise<CheckpointHeader | undefined> {
  return headerIn(await readMetadata(...source), source[2])
}

function headerIn({ [field]: text }: Safetensors['metadata'], file: string): CheckpointHeader | undefined {
  if (text === undefined) return undefined
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    throw problems.malformed(file, 'its header is not JSON')
  }
  const { step, counters = null, snapshots, numerics, replays } = isMap(header) ? header : {}
  if (
    !isWhole(step) ||
    !isNumerics(numerics) ||
    !(snapshots === undefined || isSnapshots(snapshots)) ||
    !(replays === undefined || isText(replays))
  )
    throw problems.malformed(file, 'its header does not have the fields it should')
  return { step, counters, numerics, ...(snapshots && { snapshots }), ...(replays !== undefined && { replays }) }
}
