/**
 * Converted user-defined data: one file named by the fingerprint of the function that produces them, and a record of the files it has read.
 * Also imported by the thread that loads pipeline files, so this module depends on Node alone.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { CustomForm } from '../../dsl/language/custom-data.ts'
import { readPlainSync } from '../plain-file.ts'
import type { DataFacts } from './facts.ts'

/** A file or folder when the data were produced; `bytes` is -1 if it did not exist. */
export interface FileRead {
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
}

export interface CustomDataRecord {
  readonly facts: DataFacts
  /** Size of the converted file. */
  readonly bytes: number
  /** Null when the files read are not completely known. */
  readonly reads: readonly FileRead[] | null
}

/** The fingerprint, 64 hex digits, of the function that produces the data, and the form that they must have. */
export interface CustomDataId {
  readonly fingerprint: string
  readonly form: CustomForm
}

/** @param folder the store's data folder */
export function customDataFile(folder: string, { fingerprint, form }: CustomDataId, extension: 'bin' | 'json'): string {
  const { predicts, classes, length } = form
  // The output of one function may be cut into sequences of several lengths.
  const parts = predicts === undefined ? [] : [predicts, classes, ...(length === undefined ? [] : [length])]
  return join(folder, `${['custom', fingerprint.slice(0, 32), ...parts].join('-')}.${extension}`)
}

/** Undefined when there is no record, or no matching converted file. */
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

/** Whether all files read to produce the data are unchanged. */
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

/** Data that were just produced. The bytes are transferred between threads, not copied. */
export interface MadeData extends CustomDataId {
  /** In the format of `encodeDataset`. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly input: readonly number[]
  readonly trainExamples: number
  /** The files that the data depend on; null when unknown, so that the data must be produced at every load. */
  readonly reads: readonly FileRead[] | null
}
