/**
 * The store's index: results, metrics and runs in one SQLite file that several processes may use at once.
 * Objects hold the weights; losing the index loses the mapping from stages to objects.
 */
import { copyFileSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { StoreProblem } from '../../problem.ts'
import { problems } from '../problems.ts'
import { migrations } from './migrations.ts'
import { type Cells, type ColumnOf, columnsOf, DamagedCell, type RowOf, readRow, type Table, tableNames } from './tables.ts'

/** Stored in `user_version`. A newer file is refused, an older one is migrated. */
const version = migrations.length

const busySeconds = 10

export type Row = { readonly [column: string]: string | number | null }

export interface IndexOptions {
  /** No writes, not even locks: for stores on read-only media. Default false. */
  readonly readOnly?: boolean
}

export class IndexDb {
  readonly file: string
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly readOnly: boolean

  /** Opens or creates the index. @throws StoreProblem; for kinds `newer-version` and `index-damaged` the file is unchanged */
  constructor(file: string, { readOnly = false }: IndexOptions = {}) {
    this.file = file
    this.readOnly = readOnly
    this.#db = this.#guard(() => (readOnly ? openImmutable(file) : new (sqlite().DatabaseSync)(file, { timeout: busySeconds * 1000 })))
    try {
      this.#guard(() => {
        this.#refuseNewer()
        this.#refusePrograms()
        if (readOnly) return this.#refuseOlder()
        this.#db.exec('PRAGMA journal_mode = WAL')
        this.#db.exec('PRAGMA synchronous = FULL')
        if (this.#userVersion() < version) this.transaction(() => this.#migrate())
      })
    } catch (problem) {
      this.#db.close()
      throw problem
    }
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#prepare(sql).all(...values) as Row[]) // our tables contain only text and numbers
  }

  /** Rows of a table, with every cell validated. @param rest of the statement, from FROM on */
  read<T extends Table, C extends ColumnOf<T>>(table: T, columns: readonly C[], rest: string, ...values: SQLInputValue[]): RowOf<T, C>[] {
    const named = columns.map((name) => `${table}.${name} AS ${name}`)
    return this.#guard(() => this.all(`SELECT ${named.join(', ')} ${rest}`, ...values).map((row) => readRow(table, columns, row)))
  }

  /** All rows of a table, including damaged ones. */
  *everyRow(table: Table): Generator<Cells> {
    const rows = this.#guard(() => rowsOf(this.#db, table, columnsOf(table)))
    for (;;) {
      const { done, value } = this.#guard(() => rows.next())
      if (done === true) return
      yield value
    }
  }

  /** Damage reported by SQLite, and tables that lack columns. */
  damage(): string[] {
    const lines = this.all('PRAGMA quick_check').map((row) => String(Object.values(row)[0]))
    const broken = tableNames.filter((table) => {
      const found = new Set(this.all(`PRAGMA table_info(${table})`).map(({ name }) => String(name)))
      return columnsOf(table).some((name) => !found.has(name))
    })
    return [...lines.filter((line) => line !== 'ok'), ...broken.map((table) => `its table ${table} lacks columns`)]
  }

  /** No table has any row. */
  isEmpty(): boolean {
    const some = tableNames.map((table) => `EXISTS (SELECT 1 FROM ${table})`)
    return this.all(`SELECT ${some.join(' OR ')} AS some`)[0]?.some === 0
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return this.#guard(() => Number(this.#prepare(sql).run(...values).lastInsertRowid))
  }

  /**
   * Runs `work` atomically; synchronous. With `durable` false it does not wait for fsync: a power failure may lose it, but only together
   * with everything after it, and the next durable transaction makes it durable too.
   */
  transaction(work: () => void, { durable = true } = {}): void {
    this.#guard(() => {
      if (!durable) this.#db.exec('PRAGMA synchronous = NORMAL')
      try {
        this.#db.exec('BEGIN IMMEDIATE')
        work()
        this.#db.exec('COMMIT')
      } catch (cause) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw cause
      } finally {
        if (!durable) this.#db.exec('PRAGMA synchronous = FULL')
      }
    })
  }

  close(): void {
    this.#statements.clear()
    if (this.#db.isOpen) this.#db.close()
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #userVersion(): number {
    return Number(this.#db.prepare('PRAGMA user_version').get()?.user_version)
  }

  /** Inside the transaction the version is read again, since another process may have migrated meanwhile. */
  #migrate(): void {
    const found = this.#userVersion()
    for (const migration of migrations.slice(found)) this.#db.exec(migration)
    if (found < version) this.#db.exec(`PRAGMA user_version = ${version}`)
  }

  #refuseOlder(): void {
    const found = this.#userVersion()
    if (found < version) throw problems.olderReadOnly(this.file, found, version)
  }

  #refuseNewer(): void {
    const found = this.#userVersion()
    if (found > version) throw problems.newerVersion(this.file, found, version)
  }

  /** Refuses views and triggers: they would execute SQL from the file when our tables are read or written. */
  #refusePrograms(): void {
    const found = this.#db.prepare("SELECT type, name FROM sqlite_schema WHERE type IN ('view', 'trigger')").get()
    if (found !== undefined) throw problems.indexDamaged(this.file, `it has a ${found.type}, ${found.name}`)
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (cause) {
      throw cause instanceof StoreProblem ? cause : this.#problem(cause)
    }
  }

  /** SQLite's result codes: https://www.sqlite.org/rescode.html. The low byte is the primary code. */
  #problem(cause: unknown): StoreProblem {
    const message = cause instanceof Error ? cause.message : String(cause)
    const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined
    if (cause instanceof DamagedCell || (cause instanceof RangeError && 'code' in cause && cause.code === 'ERR_OUT_OF_RANGE'))
      return problems.indexDamaged(this.file, message)
    if (code === 5 || code === 6) return problems.busy(this.file, busySeconds)
    if (code === 11 || code === 26) return problems.indexDamaged(this.file, message)
    if (code === 8) return problems.readOnly(this.file, 'change its index')
    if (code === 13 || (code === 10 && isFull(this.file))) return problems.indexFull(this.file)
    if (code === 1) return problems.indexDamaged(this.file, message) // one of our tables or columns is missing
    return problems.io("use the store's index", this.file, cause)
  }
}

/** Some I/O errors are due to a full disk, for example when the 32 KiB shared-memory file cannot be created. */
function isFull(file: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(file))
  return bavail * bsize < 65_536
}

/**
 * With `immutable`, SQLite needs neither locks nor additional files, but ignores the write-ahead log. If a process that died has left a WAL
 * with content, a copy of both files is read instead.
 */
function openImmutable(file: string): DatabaseSync {
  const { DatabaseSync } = sqlite()
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false })
  if (log === undefined || log.size === 0) {
    const url = pathToFileURL(file)
    url.searchParams.set('immutable', '1')
    return new DatabaseSync(url, { readOnly: true })
  }
  const folder = mkdtempSync(join(tmpdir(), 'espalier-index-'))
  try {
    const copy = join(folder, 'index.sqlite')
    copyFileSync(file, copy)
    if (!copied(`${file}-wal`, `${copy}-wal`)) return openImmutable(file) // its writer has checkpointed the WAL and exited
    const db = new DatabaseSync(copy, { timeout: busySeconds * 1000 })
    db.exec('PRAGMA query_only = 1')
    db.prepare('SELECT count(*) FROM sqlite_schema').get() // loads the WAL before its file is deleted
    return db
  } finally {
    // Open files stay readable after deletion.
    rmSync(folder, { recursive: true, force: true })
  }
}

/** False when the file does not exist. */
function copied(file: string, to: string): boolean {
  try {
    copyFileSync(file, to)
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw cause
  }
}

/** Integers beyond the safe range are returned as bigint. */
export function* rowsOf(db: DatabaseSync, table: string, columns: readonly string[], order = ''): Generator<Cells> {
  const statement = db.prepare(`SELECT ${columns.join(', ')} FROM ${table} ${order}`)
  statement.setReadBigInts(true)
  for (const row of statement.iterate()) {
    const cells = Object.entries(row).map(([name, cell]) => [name, typeof cell === 'bigint' && isSafe(cell) ? Number(cell) : cell])
    yield Object.fromEntries(cells) as Cells // SQLite has no other types
  }
}

const isSafe = (cell: bigint): boolean => cell >= Number.MIN_SAFE_INTEGER && cell <= Number.MAX_SAFE_INTEGER

/** Loads node:sqlite without the ExperimentalWarning of some Node versions, which would confuse users. */
export function sqlite(): typeof import('node:sqlite') {
  const emit = process.emitWarning
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emit
  }
}
