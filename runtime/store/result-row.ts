/** Rows of an index as values. */

import { problems } from './problems.ts'
import type { StageResult } from './results.ts'

export interface IndexRow {
  readonly [column: string]: unknown
}

/** `index` is where the row is from, for the error. */
export function resultOf(row: IndexRow, index: string): StageResult {
  return {
    key: String(row.key),
    kind: String(row.kind),
    path: String(row.path),
    manifest: jsonOf(row, 'manifest', index),
    artifact: row.artifact === null ? undefined : String(row.artifact),
    snapshots: jsonOf(row, 'snapshots', index),
    metrics: jsonOf(row, 'metrics', index),
    numerics: row.numerics === null ? undefined : jsonOf(row, 'numerics', index),
    finished: Number(row.finished),
    seconds: Number(row.seconds),
  }
}

/** Columns hold what `canonical` wrote from the same type. */
export function jsonOf<T>(row: IndexRow, column: string, index: string): T {
  try {
    return JSON.parse(String(row[column])) as T
  } catch {
    throw problems.indexDamaged(index, `a ${column} is not JSON`)
  }
}
