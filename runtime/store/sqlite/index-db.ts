/**
 * The store's index: results, metrics and runs in one SQLite file that several processes may use at once.
 * Objects hold the weights; what is lost with the index is the knowledge of which stage made them.
 */
import { copyFileSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { StoreProblem } from '../../problem.ts'
import { problems } from '../problems.ts'
import { migrations } from './migrations.ts'

/** Kept in `user_version`. A larger one in the file is refused, a smaller one is brought up to date. */
const version = migrations.length

const busySeconds = 10

export type Row = { readonly [column: string]: string | number | null }

export interface IndexOptions {
  /** Nothing is written, not even a lock: for stores on media that cannot be written. Default false. */
  readonly readOnly?: boolean
}

export class IndexDb {
  readonly file: string
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly readOnly: boolean

  /** Opens or makes the index. StoreProblem of kind `newer-version` or `index-damaged` leaves the file as it was. */
  constructor(file: string, { readOnly = false }: IndexOptions = {}) {
    this.file = file
    this.readOnly = readOnly
    this.#db = this.#guard(() => (readOnly ? openImmutable(file) : new (sqlite().DatabaseSync)(file, { timeout: busySeconds * 1000 })))
    try {
      this.#guard(() => {
        this.#refuseNewer()
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
    return this.#guard(() => this.#prepare(sql).all(...values) as Row[]) // our tables hold texts and numbers only
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return this.#guard(() => Number(this.#prepare(sql).run(...values).lastInsertRowid))
  }

  /**
   * All of `work` or nothing; synchronous. What is not `durable` does not wait for the disk: a power cut may lose it, but only with
   * everything that came after it, and the next durable transaction takes it along.
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

  /** Inside a transaction: another process may have been quicker. */
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

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (cause) {
      throw cause instanceof StoreProblem ? cause : this.#problem(cause)
    }
  }

  /** SQLite's result codes: https://www.sqlite.org/rescode.html. The low byte is the class. */
  #problem(cause: unknown): StoreProblem {
    const message = cause instanceof Error ? cause.message : String(cause)
    const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined
    if (code === 5 || code === 6) return problems.busy(this.file, busySeconds)
    if (code === 11 || code === 26) return problems.indexDamaged(this.file, message)
    if (code === 8) return problems.readOnly(this.file, 'change its index')
    if (code === 13 || (code === 10 && isFull(this.file))) return problems.indexFull(this.file)
    if (code === 1) return problems.indexDamaged(this.file, message) // a table or column of ours is not there
    return problems.io("use the store's index", this.file, cause)
  }
}

/** Some failures to read or write are for want of room: a shared-memory file of 32 KiB that cannot be made, say. */
function isFull(file: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(file))
  return bavail * bsize < 65_536
}

/**
 * SQLite needs no lock and no file beside an immutable one. What a process that died left in the write-ahead log is not in it yet;
 * then a copy of both is read instead.
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
    copyFileSync(`${file}-wal`, `${copy}-wal`)
    const db = new DatabaseSync(copy, { timeout: busySeconds * 1000 })
    db.exec('PRAGMA query_only = 1')
    db.prepare('SELECT count(*) FROM sqlite_schema').get() // takes the log in while its file is there
    return db
  } finally {
    // Open files stay readable.
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Early versions of Node 24 warn that node:sqlite is experimental; that is for us to know, not for users to read. */
export function sqlite(): typeof import('node:sqlite') {
  const emit = process.emitWarning
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emit
  }
}
