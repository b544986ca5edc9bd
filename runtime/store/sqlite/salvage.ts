/** What can still be read of an index that SQLite calls damaged. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { type IndexDb, sqlite } from './index-db.ts'

/**
 * Copies the rows of our tables into a fresh index: from the front until a page cannot be read, then from the back.
 * @returns how many; none when the file is no database at all
 */
export function salvage(damaged: string, fresh: IndexDb): number {
  let from: DatabaseSync
  try {
    from = new (sqlite().DatabaseSync)(damaged)
  } catch {
    return 0
  }
  try {
    const tables = fresh.all("SELECT name FROM sqlite_schema WHERE type = 'table'").map(({ name }) => String(name))
    return tables.reduce((rows, table) => rows + salvageTable(from, fresh, table), 0)
  } finally {
    from.close()
  }
}

function salvageTable(from: DatabaseSync, fresh: IndexDb, table: string): number {
  const columns = fresh.all(`PRAGMA table_info(${table})`)
  const names = columns.map(({ name }) => String(name))
  const order = columns
    .filter(({ pk }) => Number(pk) > 0)
    .sort((a, b) => Number(a.pk) - Number(b.pk))
    .map(({ name }) => String(name))
  let rows = 0
  for (const direction of ['ASC', 'DESC']) {
    const by = order.map((name) => `${name} ${direction}`).join(', ')
    try {
      for (const row of from.prepare(`SELECT ${names.join(', ')} FROM ${table} ORDER BY ${by}`).iterate()) {
        const values = names.map((name) => row[name] as SQLInputValue)
        if (isThere(fresh, { table, order, row: row as { readonly [name: string]: SQLInputValue } })) continue
        fresh.run(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`, ...values)
        rows++
      }
      return rows // all of it could be read
    } catch {
      // A page is unreadable, or the table is of an older version: what came before it is saved.
    }
  }
  return rows
}

interface Sought {
  readonly table: string
  /** Columns of the primary key. */
  readonly order: readonly string[]
  readonly row: { readonly [name: string]: SQLInputValue }
}

function isThere(fresh: IndexDb, { table, order, row }: Sought): boolean {
  const found = fresh.all(
    `SELECT 1 FROM ${table} WHERE ${order.map((name) => `${name} = ?`).join(' AND ')}`,
    ...order.map((name) => row[name]!),
  )
  return found.length > 0
}
