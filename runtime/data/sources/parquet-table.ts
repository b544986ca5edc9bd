/** Numeric columns of Parquet files; a column may contain lists of numbers, or categories. */
import { type Dataset, type SplitName, splitNames } from '../../../stdlib/data/dataset.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import type { MakingSource } from '../dataset-cache.ts'
import { dataProblems } from '../problems.ts'
import { Categories } from './categories.ts'
import { datasetOf, type Examples } from './numbers.ts'
import { parquetSource } from './parquet.ts'
import { columnsOf, type Opened, open, type ParquetRow, rows } from './parquet-file.ts'
import { partOf } from './parquet-files.ts'

/** As written by parquet(). */
interface Options {
  readonly input: readonly number[]
  readonly label?: string
  readonly targets?: readonly string[]
  readonly columns?: readonly string[]
}

/** Maximum size of all examples in bytes: repetitive columns compress to almost nothing in the file. */
const largest = 2 ** 31

export const parquetTableSource: MakingSource<Dataset> = {
  revision: 1,
  find: parquetSource.find,
  make: async (spec, files) => {
    const { input, label, targets, columns } = spec.options as unknown as Options
    const labels = targets ?? [label!]
    const mostRows = () => Math.floor(largest / 4 / sizeOf(input))
    const opened = await Promise.all(files.map(({ name, path }) => open(spec.name, name, path, mostRows)))
    const kinds = new Categories(spec)
    const found = new Map<SplitName, { readonly values: unknown[]; readonly rows: Float32Array[]; readonly places: Place[] }>()
    const wanted = columns ?? (opened[0] === undefined ? [] : columnsOf(opened[0]).filter((name) => !labels.includes(name)))
    for (const each of opened) {
      const part = partOf(each.name)
      const table = found.get(part) ?? { values: [], rows: [], places: [] }
      found.set(part, table)
      table.places.push({ path: each.path, first: table.rows.length })
      const all = splitNames.reduce((sum, name) => sum + (found.get(name)?.rows.length ?? 0), 0)
      if (all + Number(each.metadata.num_rows) > mostRows())
        throw dataProblems.notParquet(spec.name, each.path, 'it has more rows than fit into memory')
      await read(each, table)
    }
    const expand = kinds.expansion(wanted)
    // Files without rows are ignored.
    const parts = [...found].flatMap(([part, table]) => (table.rows.length === 0 ? [] : [[part, examples(table)] as const]))
    return datasetOf(spec, Object.fromEntries(parts))

    async function read(each: Opened, table: { readonly values: unknown[]; readonly rows: Float32Array[] }): Promise<void> {
      let row = 0
      for await (const record of rows(spec.name, each, [...labels, ...wanted], true)) {
        const place = `${each.path}, row ${row++}`
        table.values.push(targets === undefined ? record[label!] : targetsOf(record, place))
        table.rows.push(Float32Array.from(numbersOf(record, place)))
      }
    }

    function targetsOf(record: ParquetRow, place: string): readonly number[] {
      const numbers = labels.map((column) => plainNumbers(spec.name, record[column], place, column))
      const many = numbers.findIndex(({ length }) => length !== 1)
      if (many !== -1) throw dataProblems.notNumbers(spec.name, place, labels[many]!, 'a list', 'one number is')
      return numbers.flat()
    }

    function numbersOf(record: ParquetRow, place: string): number[] {
      const numbers = wanted.flatMap((column) => {
        const value = record[column]
        const kind = kinds.indexOf(column, wordOf(value), place)
        return kind ?? plainNumbers(spec.name, value, place, column)
      })
      // Checked for each row, before rows accumulate.
      if (numbers.length !== sizeOf(input) - kinds.extra)
        throw dataProblems.exampleSize(spec.name, place, numbers.length + kinds.extra, input)
      return numbers
    }

    function examples({ values, rows: own, places }: { values: unknown[]; rows: Float32Array[]; places: readonly Place[] }): Examples {
      const where = (row: number): string => {
        const { path, first } = places.findLast((place) => place.first <= row)!
        return `${path}, row ${row - first}`
      }
      return { values, rows: own.map(expand), where }
    }
  },
}

interface Place {
  readonly path: string
  readonly first: number
}

const wordOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value).trim())

/** @throws DataProblem for anything but a number or a list of numbers */
function plainNumbers(data: string, value: unknown, place: string, column: string): readonly number[] {
  const all: readonly unknown[] =
    Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as ArrayLike<unknown>).flat(4) : [value]
  return all.map((each) => {
    const number = typeof each === 'bigint' || typeof each === 'boolean' ? Number(each) : each
    if (typeof number !== 'number' || Number.isNaN(number))
      throw dataProblems.notNumbers(data, place, column, each === null || each === undefined ? 'nothing' : JSON.stringify(String(each)))
    if (!Number.isFinite(Math.fround(number))) throw dataProblems.tooLarge(data, place, number)
    return number
  })
}
