/** Images in Parquet files: one column with encoded images, or with structs that contain them; another with labels. */

import { join, resolve } from 'node:path'
import type { DataSpec } from '../../../dsl/parts/data.ts'
import { type SplitName, splitNames } from '../../../stdlib/data/dataset.ts'
import { normalizeIn } from '../../../stdlib/data/normalize.ts'
import { parted, type SplitRule } from '../../../stdlib/data/splits.ts'
import { writeBytes } from '../byte-file.ts'
import type { WritingSource } from '../dataset-cache.ts'
import { fetchedFiles, hubFolder } from '../hub-folder.ts'
import { dataProblems, passedOver } from '../problems.ts'
import { fileAt, filesBelow } from './folder.ts'
import { classesOf, type Labels, type OfSplits } from './labels.ts'
import { type Opened, open, rows } from './parquet-file.ts'
import { type Choice, chosenFiles, partOf } from './parquet-files.ts'
import { decoded, inputOf, PictureReader, pictureForm } from './picture.ts'

/** As written by parquet() and hub(). */
interface Options {
  readonly classes: number
  readonly image: string
  readonly label: string
}

interface Place extends Omit<Choice, 'data'> {
  /** Hint for a missing data set. */
  readonly get: string
  /** Paths within the root that belong to the data set; undefined: all. */
  readonly listed?: readonly string[] | undefined
}

const sourceIn = (placeOf: (spec: DataSpec) => Promise<Place>): WritingSource => ({
  revision: 2,
  find: async (spec) => {
    const { get, listed, ...place } = await placeOf(spec)
    const reading = { data: spec.name, get }
    const file = await fileAt(reading, place.root)
    if (file !== undefined) return { files: [file], notes: [] }
    const all = await filesBelow(reading, place.root)
    const gone = listed?.find((path) => !all.some(({ name }) => name === path))
    if (gone !== undefined) throw dataProblems.fileMissing(spec.name, join(place.root, gone), 'it was fetched, and is not there', get)
    const counting = listed === undefined ? all : all.filter(({ name }) => listed.includes(name))
    const { files, notes } = chosenFiles(counting, { data: spec.name, ...place })
    if (files.length === 0) throw dataProblems.fileMissing(spec.name, place.root, 'there is no .parquet file in it', get)
    // Training first, then validation, then test, which is the order in which examples are numbered.
    return { files: splitNames.flatMap((part) => files.filter(({ name }) => partOf(name) === part)), notes }
  },
  write: async (spec, files, target, tmp) => {
    const form = pictureForm(spec.options)
    const { classes, image } = spec.options as unknown as Options
    const opened = await Promise.all(files.map(({ name, path }) => open(spec.name, name, path)))
    const labels = await labelsOf(spec, opened)
    const { used, splits } = parted(classesOf(spec.name, labels, classes), spec.options as unknown as SplitRule) // what splitRule() wrote
    const wanted = new Set(used)
    const reader = new PictureReader(spec.name, form)
    const examples = decoded(picturesOf(spec.name, opened, image, wanted), ({ content, place }) => reader.read(content, place))
    const described = { input: inputOf(form), classes, splits, pool: used.length, normalisation: normalizeIn(spec.options) }
    const written = await writeBytes(target, tmp, described, examples)
    const empty = opened.filter(({ metadata }) => metadata.num_rows === 0n).map(({ name }) => name)
    const hint = 'A split without an example is shared out of those for training.'
    return { ...written, notes: [...passedOver(spec.name, empty, 'file has no row', 'files have no row', hint), ...reader.notes] }
  },
})

/** The labels of each non-empty split. */
async function labelsOf({ name: data, options }: DataSpec, opened: readonly Opened[]): Promise<OfSplits<Labels>> {
  const { label } = options as unknown as Options
  const parts: { [part in SplitName]?: Labels } = {}
  for (const part of splitNames) {
    const values: unknown[] = []
    const files: { readonly path: string; readonly first: number }[] = []
    for (const each of opened) {
      if (partOf(each.name) !== part) continue
      files.push({ path: each.path, first: values.length })
      for await (const row of rows(data, each, [label], true)) values.push(row[label])
    }
    const where = (row: number): string => {
      const { path, first } = files.findLast(({ first }) => first <= row)!
      return `${path}, row ${row - first}`
    }
    if (values.length > 0) parts[part] = { values, where }
  }
  return parts
}

export const parquetSource = sourceIn(async ({ from }) => ({
  root: resolve(from!), // parquet() requires it
  get: 'Name a Parquet file, or a folder of them.',
  choose: (configuration) => `Name the folder of one: parquet({ from: ${JSON.stringify(join(from!, configuration))}, … }).`,
}))

export const hubSource = sourceIn(async ({ options }) => {
  const { repository, config } = options as { readonly repository: string; readonly config?: string } // what hub() wrote
  const get = `Fetch it where there is a network: espalier data fetch ${repository}`
  return {
    root: hubFolder(repository),
    config,
    get,
    choose: (configuration) => `Choose one: hub(${JSON.stringify(repository)}, { config: ${JSON.stringify(configuration)}, … }).`,
    listed: await fetchedFiles(repository),
  }
})

async function* picturesOf(data: string, opened: readonly Opened[], column: string, wanted: ReadonlySet<number>) {
  let number = 0
  for (const each of opened) {
    let row = 0
    for await (const record of rows(data, each, [column], false)) {
      const value = record[column]
      const content = value instanceof Uint8Array ? value : (value as { readonly bytes?: unknown } | null)?.bytes
      if (wanted.has(number)) {
        const place = `${each.path}, row ${row}`
        if (!(content instanceof Uint8Array)) throw dataProblems.notAPicture(data, place, `the column ${column} has no bytes`)
        yield { content, place }
      }
      number++
      row++
    }
  }
}
