/**
 * Data of the user's own, converted: one file by the fingerprint of what gave them, and a record of what was read to make it.
 * Read in the thread that loads pipeline files as well, so nothing here may load more than Node has.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { CustomForm } from '../../dsl/language/custom-data.ts'
import { readPlainSync } from '../plain-file.ts'
import type { DataFacts } from './facts.ts'

/** A file or folder as it was when the data were made; `bytes` is -1 for one that was not there. */
export interface FileRead {
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
}

export interface CustomDataRecord {
  readonly facts: DataFacts
  /** Of the converted file. */
  readonly bytes: number
  /** Null when not all that was read is known. */
  readonly reads: readonly FileRead[] | null
}

/** A description: the fingerprint, 64 hex digits, of what gives the data, and what they are to be. */
export interface CustomDataId {
  readonly fingerprint: string
  readonly form: CustomForm
}

/** `folder` is the store's for data. */
export function customDataFile(folder: string, { fingerprint, form }: CustomDataId, extension: 'bin' | 'json'): string {
  const { predicts, classes, length } = form
  // What one function gives may be cut into sequences of several lengths.
  const parts = predicts === undefined ? [] : [predicts, classes, ...(length === undefined ? [] : [length])]
  return join(folder, `${['custom', fingerprint.slice(0, 32), ...parts].join('-')}.${extension}`)
}

/** Undefined when there is none, or its converted file is gone. */
export function customDataRecord(folder: string, id: CustomDataId): CustomDataRecord | undefined {
  let record: CustomDataRecord
  try {
    record = JSON.parse(readPlainSync(customDataFile(folder, id, 'json')).toString('utf8')) as CustomDataRecord // as `keepCustomData` wrote it
  } catch {
    return undefined
  }
  const converted = statSync(customDataFile(folder, id, 'bin'), { throwIfNoEntry: false })
  return converted?.size === record.bytes ? record : undefined
}

/** Whether what was read to make the data is as it was. */
export function upToDate({ reads }: CustomDataRecord): boolean {
  return reads?.every((read) => unchanged(read)) ?? false
}

export function fileRead(path: string): FileRead {
  const found = statSync(path, { throwIfNoEntry: false })
  return { path, bytes: found?.size ?? -1, mtimeMs: found?.mtimeMs ?? 0 }
}

function unchanged({ path, bytes, mtimeMs }: FileRead): boolean {
  const now = fileRead(path)
  return now.bytes === bytes && now.mtimeMs === mtimeMs
}

/** Data that had to be made. The bytes are to be handed over, not copied. */
export interface MadeData extends CustomDataId {
  /** As `encodeDataset` writes it. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly input: readonly number[]
  readonly trainExamples: number
  /** What decides whether it must be made again; null when that is not known, and it must be made at every load. */
  readonly reads: readonly FileRead[] | null
}
