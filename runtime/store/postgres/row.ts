/** Decoding of database rows. */

import { problems } from '../problems.ts'
import { wholeResult } from '../result-form.ts'
import type { StageResult } from '../results.ts'

export interface IndexRow {
  readonly [column: string]: unknown
}

/** @param index source of the row, for errors */
export function resultOf(row: IndexRow, index: string): StageResult {
  const { key, kind, path, artifact } = row
  const [manifest, snapshots, metrics] = ['manifest', 'snapshots', 'metrics'].map((column) => jsonOf(row, column, index))
  const numerics = row.numerics === null ? undefined : jsonOf(row, 'numerics', index)
  const times = { finished: Number(row.finished), seconds: Number(row.seconds) }
  const result = wholeResult({ key, kind, path, manifest, snapshots, metrics, numerics, artifact: artifact ?? undefined, ...times })
  if (result === undefined) throw problems.indexDamaged(index, `the result of ${path} is not what is written there`)
  return result
}

/** Parses a column that `canonical` wrote from a value of the same type. */
export function jsonOf<T>(row: IndexRow, column: string, index: string): T {
  try {
    return JSON.parse(String(row[column])) as T
  } catch {
    throw problems.indexDamaged(index, `a ${column} is not JSON`)
  }
}
