import { canonical } from '../format/canonical.ts'
import type { Checkpoint } from './checkpoints.ts'
import { readSafetensors, writeSafetensors } from './safetensors.ts'

/** Safetensors, with everything else in its metadata. */
export function encodeCheckpoint({ step, tensors, counters, snapshots = {}, numerics }: Checkpoint): Uint8Array {
  const header = canonical({ step, counters, snapshots, numerics: { ...numerics } })
  return writeSafetensors(tensors, { 'espalier checkpoint 1': header })
}

/** What `encodeCheckpoint` wrote, its content checked; undefined for one of another version. @param file for errors */
export function decodeCheckpoint(content: Uint8Array, file: string): Checkpoint | undefined {
  const { tensors, metadata } = readSafetensors(content, file)
  const text = metadata['espalier checkpoint 1']
  if (text === undefined) return undefined
  const header = JSON.parse(text) as Omit<Checkpoint, 'tensors'> // its hash matched, so it is what encodeCheckpoint wrote
  return { ...header, tensors }
}
