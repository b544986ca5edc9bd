/** NumPy arrays: those in a `.npz` file, or the `.npy` files of a folder. */
import { open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { DataSpec } from '../../../dsl/parts/data.ts'
import { type Dataset, type SplitName, splitNames } from '../../../stdlib/data/dataset.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import { DataProblem } from '../../problem.ts'
import type { MakingSource } from '../dataset-cache.ts'
import { dataProblems, passedOver } from '../problems.ts'
import type { SourceFile } from '../source-files.ts'
import { fileAt, folderAt, isDocument, type Reading } from './folder.ts'
import { type NpyArray, npyArray } from './npy-array.ts'
import { largestArray, Npz } from './npz.ts'
import { datasetOf, type Examples } from './numbers.ts'
import { partNamed } from './parts.ts'

/** As written by npy(). */
interface Options {
  readonly input: readonly number[]
  readonly examples: string
  readonly labels: string
  readonly targets?: number
}

/** The arrays of a file or folder, by name. */
interface Arrays {
  readonly place: string
  readonly names: readonly string[]
  read(name: string): Promise<NpyArray>
}

const get = 'Name a .npz file, or a folder with x_train.npy and y_train.npy.'

export const npySource: MakingSource<Dataset> = {
  revision: 1,
  find: async ({ name: data, from, options }) => {
    const reading: Reading = { data, get }
    const root = resolve(from!) // npy() requires it
    const file = await fileAt(reading, root)
    if (file !== undefined) return { files: [{ ...file, name: 'npz' }], notes: [] }
    const { files, folders } = await folderAt(reading, root)
    const arrays = files.filter(({ name }) => /\.npy$/i.test(name))
    const wanted = new Set(
      Object.values(partsIn(arrays.map(arrayName), options as unknown as Options)).flatMap((names) => Object.values(names)),
    )
    const used = arrays.filter((each) => wanted.has(arrayName(each)))
    if (used.length === 0) throw noTraining({ name: data, options }, root, arrays.map(arrayName))
    const rest = files.filter((each) => !used.includes(each) && !isDocument(each.name))
    const hint = `Of ${root}, the .npy files are read that examples and labels name.`
    return {
      files: used,
      notes: passedOver(
        data,
        [...rest.map(({ name }) => name), ...folders],
        'file or folder is no such array',
        'files and folders are no such arrays',
        hint,
      ),
    }
  },
  make: async (spec, files) => {
    const [first] = files
    if (first?.name !== 'npz') return made(spec, inFolder(spec.name, files))
    await using npz = await Npz.open(spec.name, first.path)
    const read = async (name: string) => npyArray(spec.name, `${first.path}, ${name}`, await npz.read(name))
    return await made(spec, { place: first.path, names: npz.names, read })
  },
}

const arrayName = ({ name }: SourceFile): string => name.slice(0, -4)

function inFolder(data: string, files: readonly SourceFile[]): Arrays {
  const paths = new Map(files.map((file) => [arrayName(file), file.path]))
  const place = join(files[0]?.path ?? '', '..')
  return { place, names: [...paths.keys()], read: async (name) => npyArray(data, paths.get(name)!, await bytesOf(data, paths.get(name)!)) }
}

/** The size is checked before reading. */
async function bytesOf(data: string, path: string): Promise<Uint8Array> {
  try {
    await using handle = await open(path)
    const { size } = await handle.stat()
    if (size > largestArray) throw dataProblems.notNpy(data, path, `it takes ${size} bytes`)
    return await handle.readFile()
  } catch (cause) {
    throw cause instanceof DataProblem ? cause : dataProblems.fileMissing(data, path, (cause as Error).message, get)
  }
}

interface Names {
  readonly examples: string
  readonly labels: string
}

/** Array names of the splits: `x_train` with `y_train`, or `x` with `y` for training. */
function partsIn(names: readonly string[], { examples, labels }: Names): { readonly [part in SplitName]?: Names } {
  const found: { [part in SplitName]?: Names } = {}
  for (const name of names) {
    const end = name.startsWith(`${examples}_`) ? name.slice(examples.length) : name === examples ? '' : undefined
    const part = end === '' ? 'train' : end === undefined ? undefined : partNamed(end.slice(1))
    // x_train takes precedence over x.
    if (part !== undefined && (found[part] === undefined || end !== '')) found[part] = { examples: name, labels: `${labels}${end}` }
  }
  return found
}

const noTraining = ({ name, options }: Pick<DataSpec, 'name' | 'options'>, place: string, names: readonly string[]) =>
  dataProblems.noArray(name, place, `${options.examples}_train or ${options.examples}`, names)

async function made(spec: DataSpec, arrays: Arrays): Promise<Dataset> {
  const parts = partsIn(arrays.names, spec.options as unknown as Options)
  if (parts.train === undefined) throw noTraining(spec, arrays.place, arrays.names)
  const found: { [part in SplitName]?: Examples } = {}
  for (const part of splitNames) {
    const names = parts[part]
    if (names === undefined) continue
    if (!arrays.names.includes(names.labels)) throw dataProblems.noArray(spec.name, arrays.place, names.labels, arrays.names)
    const examples = examplesOf(spec, arrays, names, await arrays.read(names.examples), await arrays.read(names.labels))
    if (examples.rows.length > 0) found[part] = examples
  }
  return datasetOf(spec, found)
}

function examplesOf({ name: data, options }: DataSpec, { place }: Arrays, names: Names, examples: NpyArray, labels: NpyArray): Examples {
  const { input, targets } = options as unknown as Options
  const [of, values] = [`${place}, ${names.examples}`, `${place}, ${names.labels}`]
  const [count = 0, ...each] = examples.shape
  const size = sizeOf(input)
  if (examples.shape.length < 1 || sizeOf(each) !== size)
    throw dataProblems.arrayShape(data, of, examples.shape, `(examples, ${input.join(', ')})`)
  if (examples.number === undefined) throw dataProblems.notNpy(data, of, 'it holds texts, and examples are numbers')
  // Shape [examples, 1] is accepted too.
  if (labels.count !== count * (targets ?? 1) || labels.shape[0] !== count)
    throw dataProblems.arrayShape(data, values, labels.shape, (targets ?? 1) === 1 ? `(${count},)` : `(${count}, ${targets})`)
  const { number } = examples
  const rows = Array.from({ length: count }, (_, row) =>
    Float32Array.from({ length: size }, (__, i) => plainNumber(data, `${of}[${row}]`, number(row * size + i))),
  )
  const where = (row: number) => `${values}[${row}]`
  if (targets !== undefined) {
    const target = labels.number
    if (target === undefined) throw dataProblems.notNpy(data, values, 'it holds texts, and numbers are predicted')
    const row = (i: number) => Array.from({ length: targets }, (_, j) => plainNumber(data, where(i), target(i * targets + j)))
    return { rows, values: Array.from({ length: count }, (_, i) => row(i)), where }
  }
  const label = labels.number ?? labels.text!
  return { rows, values: Array.from({ length: count }, (_, row) => label(row)), where }
}

function plainNumber(data: string, place: string, value: number): number {
  if (Number.isNaN(value)) throw dataProblems.notNpy(data, place, 'it has a value that is no number')
  if (!Number.isFinite(Math.fround(value))) throw dataProblems.tooLarge(data, place, value)
  return value
}
