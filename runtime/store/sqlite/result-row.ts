/** Rows of the index as values. */

import { problems } from '../problems.ts'
import type { StageResult } from '../results.ts'
import type { Row } from './index-db.ts'

/** `index` is the file the row is from, for the error. */
export function resultOf(row: Row, index: string): StageResult {
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
export function jsonOf<T>(row: Row, column: string, index: string): T {
  try {
    return JSON.parse(String(row[column])) as T
  } catch {
    throw problems.indexDamaged(index, `a ${column} is not JSON`)
  }
}
