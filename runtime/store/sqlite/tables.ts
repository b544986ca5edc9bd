/** Validation of each column of the index. Every row that is read passes here, since the file is untrusted input. */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { StageCounts } from '../../run-event.ts'
import type { FunctionRecord } from '../functions.ts'
import { stageOutcomes } from '../journal.ts'
import {
  type Is,
  isDigest,
  isFiniteNumber,
  isKeyText,
  isMap,
  isMetrics,
  isMoment,
  isNumerics,
  isSeconds,
  isSnapshots,
  isText,
  isWhole,
  listOf,
  mapOf,
} from '../result-form.ts'

type Cell = string | number | bigint | null | Uint8Array
export type Cells = { readonly [column: string]: Cell }

export interface Column<T> {
  /** @throws DamagedCell */
  read(cell: Cell): T
  /** Replacement for a damaged cell, where the row is still useful without it. */
  readonly instead?: string | number | null
}

/** The message says what is wrong with the cell, for display. */
export class DamagedCell extends Error {}

function column<T>(is: Is<T>): Column<T> {
  return {
    read(cell) {
      if (is(cell)) return cell
      throw new DamagedCell('is not what is written there')
    },
  }
}

function json<T>(is: Is<T>): Column<T> {
  return {
    read(cell) {
      if (typeof cell !== 'string') throw new DamagedCell('is no text')
      let value: unknown
      try {
        value = JSON.parse(cell)
      } catch {
        throw new DamagedCell('is no JSON')
      }
      if (is(value)) return value
      throw new DamagedCell('is not what is written there')
    },
  }
}

const orNull = <T>({ read }: Column<T>): Column<T | null> => ({ read: (cell) => (cell === null ? null : read(cell)) })
const instead = <T>(column: Column<T>, value: string | number | null): Column<T> => ({ ...column, instead: value })
/** A column that is only displayed: the row is kept if it is damaged. */
const optional = <T>(column: Column<T>): Column<T | null> => instead(orNull(column), null)

function oneOf<T extends string>(words: readonly T[]): Column<T> {
  return column((value): value is T => words.some((word) => word === value))
}

const text = column(isText)
const key = column(isKeyText)
const digest = column(isDigest)
const whole = column(isWhole)
const moment = column(isMoment)
const seconds = column(isSeconds)
const numerics = json(isNumerics)
const isNumber: Is<number> = (value) => typeof value === 'number'
const isPiece: Is<readonly [number, number, number, number]> = (value): value is readonly [number, number, number, number] =>
  Array.isArray(value) && value.length === 4 && value.every(isFiniteNumber)
const isAny: Is<Json> = (_): _ is Json => true // it was parsed from JSON
const counted = ['total', 'hit', 'run', 'resumed', 'failed', 'skipped'] as const
const isCounts: Is<StageCounts> = (value): value is StageCounts => isMap(value) && counted.every((name) => isWhole(value[name]))
const isPart = (part: unknown) =>
  isMap(part) && [part.hash, part.name, part.place, part.code, part.text].every(isText) && listOf(isMap)(part.uses)
const isFunction: Is<FunctionRecord> = (value): value is FunctionRecord =>
  isMap(value) && isText(value.name) && Array.isArray(value.parts) && value.parts.every(isPart)

const tables = {
  results: {
    key,
    kind: text,
    path: text,
    manifest: json(isMap),
    artifact: orNull(digest),
    snapshots: json(isSnapshots),
    metrics: json(isMetrics),
    numerics: orNull(numerics),
    finished: moment,
    seconds,
  },
  places: { path: text, key, seen: moment },
  /** SQLite stores NaN as NULL. */
  metrics: { key, series: text, step: whole, value: orNull(column(isNumber)) },
  overviews: { key, series: text, points: whole, pieces: json(listOf(isPiece)) },
  runs: {
    id: whole,
    file: text,
    target: optional(text),
    started: moment,
    finished: orNull(moment),
    status: orNull(oneOf(['done', 'failed', 'interrupted'] as const)),
    counts: optional(json(isCounts)),
    seconds: optional(seconds),
    process: optional(text),
  },
  run_stages: {
    run: whole,
    position: whole,
    path: text,
    key: orNull(key),
    kind: text,
    outcome: oneOf(stageOutcomes),
    seconds: instead(seconds, 0),
    because: optional(text),
  },
  targets: { file: text, target: text, keys: json(mapOf(isKeyText)) },
  pins: { key, since: instead(moment, 0) },
  remarks: { run: whole, tags: json(listOf(isText)), note: text },
  uses: { key, tick: moment },
  verified: { digest, bytes: whole, mtime: column(isFiniteNumber), parts: json(listOf(isDigest)) },
  functions: { fingerprint: text, record: json(isFunction) },
  holders: { id: text, process: text, beat: whole },
  leases: { key, holder: text, fence: whole, progress: optional(json(isAny)) },
  training_states: { prefix: text, epoch: whole, numerics, state: optional(digest), artifact: digest },
  epoch_weights: { key, epoch: whole, weights: text },
} as const satisfies { readonly [table: string]: { readonly [column: string]: Column<unknown> } }

export type Table = keyof typeof tables
export type ColumnOf<T extends Table> = keyof (typeof tables)[T] & string
export type CellOf<T extends Table, C extends ColumnOf<T>> = (typeof tables)[T][C] extends Column<infer Value> ? Value : never
export type RowOf<T extends Table, C extends ColumnOf<T> = ColumnOf<T>> = { readonly [K in C]: CellOf<T, K> }

export const tableNames = Object.keys(tables) as Table[]
export const columnsOf = <T extends Table>(table: T): ColumnOf<T>[] => Object.keys(tables[table]) as ColumnOf<T>[]

/** @throws DamagedCell */
export function readRow<T extends Table, C extends ColumnOf<T>>(table: T, columns: readonly C[], row: Cells): RowOf<T, C> {
  const values: { [column: string]: unknown } = {}
  for (const name of columns) values[name] = readCell(table, name, row[name] ?? null)
  return values as RowOf<T, C> // each value was validated by its column
}

function readCell(table: Table, name: string, cell: Cell): unknown {
  const forms: { readonly [column: string]: Column<unknown> } = tables[table]
  try {
    return forms[name]!.read(cell)
  } catch (cause) {
    throw cause instanceof DamagedCell ? new DamagedCell(`${name} of ${table} ${cause.message}`) : cause
  }
}

export interface WholeRow {
  /** Undefined when the row is useless without its damaged cells. */
  readonly row: Cells | undefined
  /** Descriptions of the damage, for display; empty for an intact row. */
  readonly wrong: readonly string[]
}

/** Validates a row and replaces damaged cells where possible. */
export function wholeRow(table: Table, row: Cells): WholeRow {
  const wrong: string[] = []
  let [kept, lost] = [row, false]
  for (const [name, { instead }] of Object.entries<Column<unknown>>(tables[table])) {
    try {
      readCell(table, name, row[name] ?? null)
    } catch (cause) {
      if (!(cause instanceof DamagedCell)) throw cause
      wrong.push(cause.message)
      if (instead === undefined) lost = true
      else kept = { ...kept, [name]: instead }
    }
  }
  return { row: lost ? undefined : kept, wrong }
}
