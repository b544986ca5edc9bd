/**
 * The store's index: results, metrics and runs in one SQLite file that several processes may use at once.
 * Objects hold the weights; what is lost with the index is the knowledge of which stage made them.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { StoreProblem } from '../problem.ts'
import { problems } from './problems.ts'

/** Kept in `user_version`. A larger one in the file is refused, a smaller one is brought up to date. */
const version = 1

const schema = `
  CREATE TABLE results (
    key TEXT PRIMARY KEY, kind TEXT NOT NULL, path TEXT NOT NULL, manifest TEXT NOT NULL, artifact TEXT,
    snapshots TEXT NOT NULL, metrics TEXT NOT NULL, numerics TEXT, finished INTEGER NOT NULL, seconds REAL NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE places (path TEXT NOT NULL, key TEXT NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (path, key)) WITHOUT ROWID;
  CREATE TABLE metrics (
    key TEXT NOT NULL, series TEXT NOT NULL, step INTEGER NOT NULL, value REAL, PRIMARY KEY (key, series, step)
  ) WITHOUT ROWID;
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY, file TEXT NOT NULL, started INTEGER NOT NULL, finished INTEGER, status TEXT, counts TEXT
  );
  -- Objects whose content was checked, with the file's size and time then; parts of an artifact as a JSON list.
  CREATE TABLE verified (digest TEXT PRIMARY KEY, bytes INTEGER NOT NULL, mtime REAL NOT NULL, parts TEXT) WITHOUT ROWID;
`

const busySeconds = 10

export type Row = { readonly [column: string]: string | number | null }

export class IndexDb {
  readonly #file: string
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** Opens or makes the index. StoreProblem of kind `newer-version` or `index-damaged` leaves the file as it was. */
  constructor(file: string) {
    this.#file = file
    this.#db = this.#guard(() => new (sqlite().DatabaseSync)(file, { timeout: busySeconds * 1000 }))
    try {
      this.#guard(() => {
        this.#refuseNewer()
        this.#db.exec('PRAGMA journal_mode = WAL')
        this.#db.exec('PRAGMA synchronous = FULL')
        this.transaction(() => {
          if (this.#userVersion() === 0) this.#db.exec(`${schema} PRAGMA user_version = ${version}`)
        })
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

  /** All of `work` or nothing; synchronous. */
  transaction(work: () => void): void {
    this.#guard(() => {
      this.#db.exec('BEGIN IMMEDIATE')
      try {
        work()
        this.#db.exec('COMMIT')
      } catch (cause) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw cause
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

  #refuseNewer(): void {
    const found = this.#userVersion()
    if (found > version) throw problems.newerVersion(this.#file, found, version)
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
    if (code === 5 || code === 6) return problems.busy(this.#file, busySeconds)
    if (code === 11 || code === 26) return problems.indexDamaged(this.#file, message)
    if (code === 13) return problems.indexFull(this.#file)
    if (code === 1) return problems.indexDamaged(this.#file, message) // a table or column of ours is not there
    return problems.io("use the store's index", this.#file, cause)
  }
}

/** Early versions of Node 24 warn that node:sqlite is experimental; that is for us to know, not for users to read. */
function sqlite(): typeof import('node:sqlite') {
  const emit = process.emitWarning
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emit
  }
}
