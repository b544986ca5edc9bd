/** CSV files with numbers and categories, read line by line. */

import { createReadStream } from 'node:fs'
import type { DataSpec } from '../../../dsl/parts/data.ts'
import { type Dataset, type SplitName, splitNames } from '../../../stdlib/data/dataset.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import type { MakingSource } from '../dataset-cache.ts'
import { dataProblems } from '../problems.ts'
import { Categories } from './categories.ts'
import { datasetOf, type Examples } from './numbers.ts'
import { filesOfSplits } from './split-files.ts'

/** As written by csv(). */
interface Options {
  readonly input: readonly number[]
  readonly label?: string | number
  readonly targets?: readonly string[]
  readonly columns?: readonly string[]
}

/** Maximum length of a line in characters: larger than any example. */
const longestLine = 2 ** 26
const get = 'Name a file, or a folder with train.csv.'

export const csvSource: MakingSource<Dataset> = {
  revision: 2,
  find: ({ name: data, from }) => filesOfSplits({ data, get }, from!, 'csv'), // csv() requires it
  make: async (spec, files) => {
    const tables: { [part in SplitName]?: Table } = {}
    const kinds = new Categories(spec)
    // Training comes first: the columns of the other splits are put into its order.
    for (const { name, path } of files) tables[name as SplitName] = await read(spec, path, kinds, tables.train?.columns)
    const expand = kinds.expansion(tables.train?.columns ?? [])
    const whole = splitNames.flatMap((part) => {
      const table = tables[part]
      return table === undefined ? [] : [[part, { ...table, rows: table.rows.map(expand) }] as const]
    })
    return datasetOf(spec, Object.fromEntries(whole))
  },
}

interface Table extends Examples {
  /** Names of the input columns, in the order of `rows`. Undefined in a file without a header. */
  readonly columns: readonly string[] | undefined
}

/** @param like the required order of columns */
async function read(
  { name: data, options }: DataSpec,
  path: string,
  kinds: Categories,
  like: readonly string[] | undefined,
): Promise<Table> {
  const { input, label, targets, columns: asked } = options as unknown as Options
  const wanted = like ?? asked
  const [values, rows, at]: [(string | readonly number[])[], Float32Array[], number[]] = [[], [], []]
  const { parse } = await import('csv-parse') // large, so loaded only when needed
  const lines = createReadStream(path).pipe(
    parse({ max_record_size: longestLine, relax_column_count: true, skip_empty_lines: true, bom: true, info: true }),
  )
  let columns: Columns | undefined
  try {
    for await (const { record, info } of lines as AsyncIterable<{
      readonly record: readonly string[]
      readonly info: { readonly lines: number }
    }>) {
      const isFirst = columns === undefined
      if (columns === undefined) {
        const [first = ''] = record
        if (first.includes('\0') || first.startsWith('\x1f')) throw dataProblems.noText(data, path, first.startsWith('\x1f'))
        columns =
          typeof label === 'number'
            ? withoutNames(data, path, label, record)
            : namedColumns(data, path, targets ?? [label!], record, wanted, asked !== undefined)
      }
      const all = columns.all ?? sizeOf(input) + columns.labels.length - kinds.extra
      if (record.length !== all)
        throw dataProblems.columns(data, path, info.lines, record.length, input, columns.labels.length, columns.all)
      if (isFirst && columns.names !== undefined) continue
      const cells = columns.labels.map((column) => record[column]!)
      values.push(targets === undefined ? cells[0]! : cells.map((cell, i) => numberIn(data, path, info.lines, `of ${targets[i]}`, cell)))
      rows.push(numbers(data, path, info.lines, record, columns, kinds))
      at.push(info.lines)
    }
  } catch (cause) {
    throw cause instanceof Error && 'code' in cause ? dataProblems.notCsv(data, path, cause.message) : cause
  }
  return { values, where: (row) => `${path} at line ${at[row]}`, rows, columns: columns?.names }
}

/** Positions in a line of the label or targets, and of the inputs in order. */
interface Columns {
  readonly labels: readonly number[]
  readonly values: readonly number[]
  readonly names: readonly string[] | undefined
  /** Number of columns in the file, where only some are read. */
  readonly all: number | undefined
}

const allBut = (count: number, labels: readonly number[]): readonly number[] =>
  Array.from({ length: count }, (_, i) => i).filter((i) => !labels.includes(i))

/** @throws DataProblem when the first line is a header 0, 1, 2, …, as pandas writes for unnamed columns */
function withoutNames(data: string, path: string, label: number, first: readonly string[]): Columns {
  if (first.length > 3 && first.every((cell, i) => cell.trim() === String(i)))
    throw dataProblems.numberedColumns(data, path, first[label] ?? '0')
  if (label >= first.length) throw dataProblems.noColumn(data, path, String(label), first)
  return { labels: [label], values: allBut(first.length, [label]), names: undefined, all: undefined }
}

/**
 * @param like names of the columns to read, in order
 * @param some whether the file may have further columns
 * @throws DataProblem when a column is missing or its name is ambiguous
 */
function namedColumns(
  data: string,
  path: string,
  labels: readonly string[],
  header: readonly string[],
  like: readonly string[] | undefined,
  some: boolean,
): Columns {
  const named = header.map((cell) => cell.trim())
  const at = labels.map((label) => {
    const place = named.indexOf(label.trim())
    if (place === -1) throw dataProblems.noColumn(data, path, label, named)
    if (named.indexOf(label.trim(), place + 1) !== -1) throw dataProblems.twoColumns(data, path, label)
    return place
  })
  const values = allBut(named.length, at)
  const names = values.map((column) => named[column]!)
  const all = some ? named.length : undefined
  if (!some && (like === undefined || like.every((name, i) => names[i] === name))) return { labels: at, values, names, all }
  const wanted = like ?? names
  const twice = (some ? wanted : names).find((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice !== undefined) throw dataProblems.twoColumns(data, path, twice)
  const absent = wanted.find((name) => !names.includes(name))
  if (absent !== undefined) throw dataProblems.noColumn(data, path, absent, named)
  const extra = some ? undefined : names.find((name) => !wanted.includes(name))
  if (extra !== undefined) throw dataProblems.extraColumn(data, path, extra, wanted)
  return { labels: at, values: wanted.map((name) => named.indexOf(name)), names: wanted, all }
}

function numbers(
  data: string,
  path: string,
  line: number,
  record: readonly string[],
  { values, names }: Columns,
  kinds: Categories,
): Float32Array {
  return Float32Array.from(values, (column, i) => {
    const cell = record[column]!
    const kind = kinds.indexOf(names?.[i], cell.trim(), `${path} at line ${line}`)
    if (kind !== undefined) return kind
    return numberIn(data, path, line, `number ${i + 1} of the example`, cell)
  })
}

function numberIn(data: string, path: string, line: number, which: string, cell: string): number {
  const value = cell.trim() === '' ? Number.NaN : Number(cell)
  if (!Number.isFinite(value)) throw dataProblems.notANumber(data, path, line, which, cell)
  if (!Number.isFinite(Math.fround(value))) throw dataProblems.tooLarge(data, `${path} at line ${line}`, value)
  return value
}
