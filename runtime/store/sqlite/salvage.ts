/** Recovers readable rows from an index that SQLite reports as damaged. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { type IndexDb, rowsOf, sqlite } from './index-db.ts'
import { type Cells, columnsOf, type Table, tableNames } from './tables.ts'

/**
 * Copies rows into a fresh index: in ascending order until a page cannot be read, then in descending order.
 * @returns number of rows copied; 0 when the file is not a database
 */
export function salvage(damaged: string, fresh: IndexDb): number {
  let from: DatabaseSync
  try {
    from = new (sqlite().DatabaseSync)(damaged)
  } catch {
    return 0
  }
  try {
    return tableNames.reduce((rows, table) => rows + salvageTable(from, fresh, table), 0)
  } finally {
    from.close()
  }
}

function salvageTable(from: DatabaseSync, fresh: IndexDb, table: Table): number {
  const order = fresh
    .all(`PRAGMA table_info(${table})`)
    .filter(({ pk }) => Number(pk) > 0)
    .sort((a, b) => Number(a.pk) - Number(b.pk))
    .map(({ name }) => String(name))
  let rows = 0
  for (const direction of ['ASC', 'DESC']) {
    try {
      // Do not read a view of this name: it could execute arbitrary SQL.
      if (from.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) === undefined) return rows
      const by = order.map((name) => `${name} ${direction}`).join(', ')
      for (const row of rowsOf(from, table, columnsOf(table), `ORDER BY ${by}`)) rows += insertRow(fresh, table, row)
      return rows // the whole table was readable
    } catch {
      // A page is unreadable, or the table has an older schema; rows before it are saved.
    }
  }
  return rows
}

/** @returns 1, or 0 when the row exists already or violates a constraint */
export function insertRow(index: IndexDb, table: Table, row: Cells): number {
  const columns = columnsOf(table)
  const values = columns.map((name) => (row[name] ?? null) as SQLInputValue)
  const sql = `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
  return index.all(`${sql} RETURNING 1 AS inserted`, ...values).length
}
