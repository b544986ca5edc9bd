/** Pictures in the rows of Parquet files: one column with the bytes of a picture file, or a struct that has them; one with labels. */
import { readdir, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { type AsyncBuffer, asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import type { DataSpec } from '../../../dsl/graph/stage-options.ts'
import { parted, type SplitRule } from '../../../stdlib/data/splits.ts'
import { writeBytes } from '../byte-file.ts'
import type { WritingSource } from '../dataset-cache.ts'
import { dataFolder } from '../places.ts'
import { dataProblems } from '../problems.ts'
import type { SourceFile } from '../source-files.ts'
import { classesOf } from './labels.ts'
import { decoded, decodePicture, inputOf, pictureForm } from './picture.ts'

/** The folder that `espalier data fetch` fills: one for each data set of the hub. */
export const hubFolder = (repository: string): string => join(dataFolder(), 'hub', repository.replace('/', '--'))

/** What parquet() and hub() wrote. */
interface Options {
  readonly classes: number
  readonly image: string
  readonly label: string
}

interface Opened {
  readonly path: string
  readonly file: AsyncBuffer
  readonly metadata: FileMetaData
}

const partOf = (name: string): 'train' | 'validation' | 'test' => {
  const word = /(?:^|[/._-])(train|validation|valid|val|test)(?=[/._-])/g
  const last = [...name.matchAll(word)].at(-1)?.[1] ?? 'train'
  return last === 'train' || last === 'test' ? last : 'validation'
}

const sourceIn = (rootOf: (spec: DataSpec) => { readonly root: string; readonly get: string }): WritingSource => ({
  revision: 1,
  find: async (spec) => {
    const { root, get } = rootOf(spec)
    const found = await filesIn(root).catch((cause: Error) => {
      throw dataProblems.fileMissing(spec.name, root, cause.message, get)
    })
    if (found.length === 0) throw dataProblems.fileMissing(spec.name, root, 'there is no .parquet file in it', get)
    // Training first, then validation, then test, as their examples are numbered.
    const order = ['train', 'validation', 'test']
    return found.toSorted((a, b) => order.indexOf(partOf(a.name)) - order.indexOf(partOf(b.name)))
  },
  write: async (spec, files, target, tmp) => {
    const form = pictureForm(spec.options)
    const { classes, image, label } = spec.options as unknown as Options
    const opened = await Promise.all(files.map(({ path }) => open(spec.name, path)))
    const values: { readonly [part in ReturnType<typeof partOf>]: unknown[] } = { train: [], validation: [], test: [] }
    for (const [i, each] of opened.entries()) {
      for await (const row of rows(spec.name, each, label, true)) values[partOf(files[i]!.name)].push(row)
    }
    const { train, validation, test } = classesOf(spec.name, values, classes)
    const given = { train, ...(validation.length > 0 ? { validation } : {}), ...(test.length > 0 ? { test } : {}) }
    const { used, splits } = parted(given, spec.options as unknown as SplitRule) // what splitRule() wrote
    const wanted = new Set(used)
    const examples = decoded(picturesOf(spec.name, opened, image, wanted), ({ content, path, row }) =>
      decodePicture(content, form).catch((cause: Error) => {
        throw dataProblems.notAPicture(spec.name, `${path}, row ${row}`, cause.message)
      }),
    )
    return writeBytes(target, tmp, { input: inputOf(form), classes, splits, pool: used.length }, examples)
  },
})

export const parquetSource = sourceIn(({ from }) => ({
  root: resolve(from!), // parquet() asks for it
  get: 'Name a Parquet file, or a folder of them.',
}))

export const hubSource = sourceIn(({ options }) => {
  const repository = options.repository as string // what hub() wrote
  return { root: hubFolder(repository), get: `Fetch it where there is a network: espalier data fetch ${repository}` }
})

async function filesIn(root: string): Promise<SourceFile[]> {
  const described = async (path: string, name: string): Promise<SourceFile> => {
    const { size, mtimeMs } = await stat(path)
    return { name, path, bytes: size, mtimeMs }
  }
  if ((await stat(root)).isFile()) return [await described(root, root.split('/').at(-1)!)]
  const names = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  return Promise.all(names.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => described(join(root, name), name)))
}

async function open(data: string, path: string): Promise<Opened> {
  try {
    const file = await asyncBufferFromFile(path)
    const metadata = await parquetMetadataAsync(file)
    // Before anything is allocated for them: a picture takes more than a byte.
    const counts = [metadata.num_rows, ...metadata.row_groups.map(({ num_rows }) => num_rows)]
    const wrong = counts.find((count) => count < 0n || count > BigInt(file.byteLength))
    if (wrong !== undefined) throw new Error(`it announces ${wrong} rows, and has ${file.byteLength} bytes`)
    return { path, file, metadata }
  } catch (cause) {
    throw dataProblems.notParquet(data, path, (cause as Error).message)
  }
}

/** One column, group of rows by group of rows. */
async function* rows(data: string, { path, file, metadata }: Opened, column: string, utf8: boolean): AsyncGenerator<unknown> {
  const known = metadata.row_groups[0]?.columns.map(({ meta_data }) => meta_data?.path_in_schema[0] ?? '') ?? []
  if (!known.includes(column)) throw dataProblems.noColumn(data, path, column, [...new Set(known)])
  let rowStart = 0
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows)
    let group: readonly { readonly [column: string]: unknown }[]
    try {
      group = await parquetReadObjects({ file, metadata, columns: [column], rowStart, rowEnd, compressors, utf8 })
    } catch (cause) {
      throw dataProblems.notParquet(data, path, (cause as Error).message)
    }
    if (group.length !== rowEnd - rowStart) {
      throw dataProblems.notParquet(data, path, `rows ${rowStart} to ${rowEnd} were announced, and ${group.length} are there`)
    }
    for (const row of group) yield row[column]
    rowStart = rowEnd
  }
}

async function* picturesOf(data: string, opened: readonly Opened[], column: string, wanted: ReadonlySet<number>) {
  let number = 0
  for (const each of opened) {
    let row = 0
    for await (const value of rows(data, each, column, false)) {
      const content = value instanceof Uint8Array ? value : (value as { readonly bytes?: unknown } | null)?.bytes
      if (wanted.has(number)) {
        if (!(content instanceof Uint8Array))
          throw dataProblems.notAPicture(data, `${each.path}, row ${row}`, `the column ${column} has no bytes`)
        yield { content, path: each.path, row }
      }
      number++
      row++
    }
  }
}
