/**
 * Data sets transferred from another machine by content address: a converted file and its record. A worker needs neither the original files
 * nor the code that produced them.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readPlain } from '../plain-file.ts'
import { type Digest, hexOf } from '../store/address.ts'
import { writeDurably } from '../store/durable-file.ts'
import type { DataFolder } from '../store/location.ts'
import type { Converted } from './dataset-cache.ts'
import type { DataFacts } from './facts.ts'

const fileOf = ({ data }: DataFolder, digest: Digest, extension: 'bin' | 'json'): string =>
  join(data, `fetched-${hexOf(digest)?.slice(0, 32)}.${extension}`)

/** Undefined when it was not fetched. The content is not read. */
export async function fetchedData(folder: DataFolder, digest: Digest): Promise<Converted | undefined> {
  const path = fileOf(folder, digest, 'bin')
  const [text, converted] = await Promise.all([
    readPlain(fileOf(folder, digest, 'json')).then(String, () => undefined),
    stat(path).catch(() => undefined),
  ])
  if (text === undefined || converted === undefined) return undefined
  try {
    const { facts, bytes } = JSON.parse(text) as Pick<Converted, 'facts' | 'bytes'> // as `fetchData` wrote it
    return facts.digest === digest && bytes === converted.size ? { facts, bytes, path } : undefined
  } catch {
    return undefined
  }
}

/** @param fetch writes the converted file, verified; false when it is unavailable */
export async function fetchData(folder: DataFolder, facts: DataFacts, fetch: (file: string) => Promise<boolean>): Promise<boolean> {
  const { digest } = facts
  if ((await fetchedData(folder, digest)) !== undefined) return true
  const path = fileOf(folder, digest, 'bin')
  if (!(await fetch(path))) return false
  const record = { facts, bytes: (await stat(path)).size }
  // The record is written last, so that it never refers to a missing file.
  await writeDurably(fileOf(folder, digest, 'json'), Buffer.from(JSON.stringify(record, null, 2)), folder.tmp)
  return true
}
