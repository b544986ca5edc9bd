/** Invalid values in rows of an index that SQLite itself considers intact. */
import { isKey } from '../address.ts'
import type { IndexFault } from '../inventory.ts'
import type { IndexDb } from './index-db.ts'
import { insertRow } from './salvage.ts'
import { type Cells, type Table, tableNames, wholeRow } from './tables.ts'

interface RowFault extends IndexFault {
  readonly table: Table
  /** Absent if the key itself is damaged. */
  readonly key: string | undefined
}

export function faultsIn(index: IndexDb): RowFault[] {
  const found: RowFault[] = []
  for (const table of tableNames) for (const row of index.everyRow(table)) found.push(...faultOf(table, row))
  return found
}

/** In one transaction: damaged rows are deleted or lose their damaged cells. @returns how many rows of the affected tables remain */
export function repairRows(index: IndexDb): number {
  let left = 0
  index.transaction(() => {
    for (const table of new Set(faultsIn(index).map((fault) => fault.table))) {
      const rows = [...index.everyRow(table)].map((row) => wholeRow(table, row).row)
      // The key itself may be damaged, so rows cannot be deleted by key.
      index.run(`DELETE FROM ${table}`)
      for (const row of rows) left += row === undefined ? 0 : insertRow(index, table, row)
    }
  })
  return left
}

function faultOf(table: Table, row: Cells): RowFault[] {
  const { wrong } = wholeRow(table, row)
  const name = ['path', 'file', 'key', 'id', 'digest', 'fingerprint'].map((column) => row[column]).find((cell) => typeof cell === 'string')
  const key = typeof row.key === 'string' && isKey(row.key) ? row.key : undefined
  return wrong.length === 0 ? [] : [{ table, key, what: typeof name === 'string' ? name.slice(0, 200) : table, wrong: wrong.join('; ') }]
}
