/** Rows of numbers separated by commas, read a line at a time. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parse } from 'csv-parse'
import type { DataSpec } from '../../../dsl/graph/stage-options.ts'
import type { Dataset, Split, SplitName } from '../../../stdlib/data/dataset.ts'
import { splitNames } from '../../../stdlib/data/dataset.ts'
import { parted, type SplitRule } from '../../../stdlib/data/splits.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import type { MakingSource } from '../dataset-cache.ts'
import { dataProblems } from '../problems.ts'
import { classesOf } from './labels.ts'

/** What csv() wrote. */
interface Options {
  readonly classes: number
  readonly input: readonly number[]
  readonly label: string | number
  readonly scale: number
}

/** Characters of a line, beyond which it is none: larger than any example. */
const longestLine = 2 ** 26
const get = 'Name a file, or a folder with train.csv.'

export const csvSource: MakingSource<Dataset> = {
  revision: 1,
  find: async ({ name, from }) => {
    const root = resolve(from!) // csv() asks for it
    const info = await stat(root).catch((cause: Error) => {
      throw dataProblems.fileMissing(name, root, cause.message, get)
    })
    if (info.isFile()) return [{ name: 'train', path: root, bytes: info.size, mtimeMs: info.mtimeMs }]
    const found = await Promise.all(
      splitNames.map(async (split) => {
        const path = join(root, `${split}.csv`)
        const file = await stat(path).catch(() => undefined)
        return file === undefined ? [] : [{ name: split, path, bytes: file.size, mtimeMs: file.mtimeMs }]
      }),
    )
    if (found[0]!.length === 0) throw dataProblems.fileMissing(name, join(root, 'train.csv'), 'there is no such file', get)
    return found.flat()
  },
  make: async (spec, files) => {
    const { classes, input, scale } = spec.options as unknown as Options
    const tables: { [part in SplitName]?: Table } = {}
    for (const { name, path } of files) tables[name as SplitName] = await read(spec, path)
    const { train = nothing, validation = nothing, test = nothing } = tables
    const labels = classesOf(spec.name, { train: train.labels, validation: validation.labels, test: test.labels }, classes)
    const given = {
      train: labels.train,
      ...(tables.validation === undefined ? {} : { validation: labels.validation }),
      ...(tables.test === undefined ? {} : { test: labels.test }),
    }
    const { used, splits } = parted(given, spec.options as unknown as SplitRule) // what splitRule() wrote
    const values = [...train.values, ...validation.values, ...test.values]
    const split = (name: SplitName): Split => {
      const { rows, labels } = splits[name]
      const images = new Float32Array(rows.length * sizeOf(input))
      rows.forEach((row, i) => {
        images.set(values[used[row]!]!, i * sizeOf(input))
      })
      return { images, labels }
    }
    const all = { train: split('train'), validation: split('validation'), test: split('test') }
    const channels = input.at(-1)!
    const normalisation = moments(all.train.images, channels, scale)
    for (const { images } of Object.values(all)) {
      for (const [i, value] of images.entries())
        images[i] = (value / scale - normalisation.mean[i % channels]!) / normalisation.std[i % channels]!
    }
    return { input, classes, normalisation, splits: all }
  },
}

interface Table {
  readonly labels: readonly string[]
  readonly values: readonly Float32Array[]
}
const nothing: Table = { labels: [], values: [] }

async function read({ name, options }: DataSpec, path: string): Promise<Table> {
  const { input, label } = options as unknown as Options
  const [labels, values]: [string[], Float32Array[]] = [[], []]
  const lines = createReadStream(path).pipe(
    parse({ max_record_size: longestLine, relax_column_count: true, skip_empty_lines: true, bom: true, info: true }),
  )
  let column: number | undefined
  try {
    for await (const { record, info } of lines as AsyncIterable<{
      readonly record: readonly string[]
      readonly info: { readonly lines: number }
    }>) {
      if (column === undefined) {
        column = typeof label === 'number' ? label : record.indexOf(label)
        if (column === -1) throw dataProblems.noColumn(name, path, String(label), record)
        if (typeof label === 'string') continue
      }
      if (record.length !== sizeOf(input) + 1) throw dataProblems.columns(name, path, info.lines, record.length, input)
      labels.push(record[column]!)
      values.push(numbers(name, path, info.lines, record.toSpliced(column, 1)))
    }
  } catch (cause) {
    throw cause instanceof Error && 'code' in cause ? dataProblems.notCsv(name, path, cause.message) : cause
  }
  return { labels, values }
}

function numbers(data: string, path: string, line: number, cells: readonly string[]): Float32Array {
  return Float32Array.from(cells, (cell, i) => {
    const value = cell.trim() === '' ? Number.NaN : Number(cell)
    if (!Number.isFinite(value)) throw dataProblems.notANumber(data, path, line, i, cell)
    return value
  })
}

/** Of values divided by `scale`. A channel without any contrast is divided by one. */
function moments(values: Float32Array, channels: number, scale: number): Dataset['normalisation'] {
  const each = Array.from({ length: channels }, (_, channel) => {
    const count = values.length / channels
    let sum = 0
    for (let i = channel; i < values.length; i += channels) sum += values[i]! / scale
    const mean = sum / count
    let squares = 0
    for (let i = channel; i < values.length; i += channels) squares += (values[i]! / scale - mean) ** 2
    return { mean, std: Math.sqrt(squares / count) || 1 }
  })
  return { mean: each.map(({ mean }) => mean), std: each.map(({ std }) => std) }
}
