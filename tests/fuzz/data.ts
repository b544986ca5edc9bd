/** Data files of every source, bent: bytes, text, names, kinds of files. What is taken must be numbers or tokens, and labels of its classes. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import sharp from 'sharp'
import type { DataSpec } from '../../dsl/parts/data.ts'
import { loadDataset } from '../../runtime/data/datasets.ts'
import { layoutOf } from '../../runtime/store/folder/layout.ts'
import { cifar10, csv, hub, idx, imageFolder, mnist, npy, parquet, text } from '../../stdlib/index.ts'
import { npyFile, npyTexts, npzFile } from '../runtime/data/sources/npy-file.ts'
import { parquetFile, tableFile } from '../runtime/data/sources/parquet-file.ts'
import { type Fuzzer, sentenceOf } from './fuzzer.ts'

type Files = { readonly [path: string]: Uint8Array | string }

interface Seed {
  readonly files: Files
  readonly spec: (folder: string) => DataSpec
}

const picture = sharp({ create: { width: 4, height: 4, channels: 3, background: { r: 40, g: 90, b: 200 } } })
const pictures = await Promise.all(
  (['png', 'jpeg', 'webp', 'tiff', 'gif'] as const).map(async (form) => [form, await picture.clone().toFormat(form).toBuffer()] as const),
)
const rows = Array.from({ length: 12 }, (_, i) => ({ picture: pictures[i % pictures.length]![1], label: i % 3 }))
const names = rows.map(({ picture, label }) => ({ picture, label: ['ant', 'bee', 'cat'][label]! }))
const table = (first: string) => `${first}\n${Array.from({ length: 12 }, (_, i) => `${i},${i * 0.5},${-i},${i % 3}`).join('\n')}\n`
const form = { classes: 3, size: [4, 4] } as const
const shape = { classes: 3, input: [1, 3, 1] } as const

/** IDX: magic, sizes, values. */
const idxFile = (sizes: readonly number[], value: (i: number) => number): Uint8Array => {
  const head = Buffer.alloc(4 + 4 * sizes.length)
  head.writeUInt32BE(0x800 + sizes.length)
  for (const [i, size] of sizes.entries()) head.writeUInt32BE(size, 4 + 4 * i)
  const values = Uint8Array.from({ length: sizes.reduce((product, n) => product * n, 1) }, (_, i) => value(i))
  return Buffer.concat([head, values])
}
const four = (count: number, side: number, classes: number): Files => ({
  'train-images-idx3-ubyte': idxFile([count, side, side], (i) => i % 256),
  'train-labels-idx1-ubyte': idxFile([count], (i) => i % classes),
  't10k-images-idx3-ubyte': idxFile([count, side, side], (i) => i % 251),
  't10k-labels-idx1-ubyte': gzipSync(idxFile([count], (i) => i % classes)),
})
const records = (count: number) => Uint8Array.from({ length: count * 3073 }, (_, i) => (i % 3073 === 0 ? (i / 3073) % 10 : i % 256))

const seeds: { readonly [source: string]: Seed } = {
  csv: { files: { 'a.csv': table('a,b,c,label') }, spec: (from) => csv({ from: join(from, 'a.csv'), ...shape }).spec },
  'csv without names': {
    files: { 'a.csv': table('').trimStart() },
    spec: (from) => csv({ from: join(from, 'a.csv'), ...shape, label: 3, scale: 0.5 }).spec,
  },
  'csv folder': {
    files: { 'train.csv': table('a,b,c,label'), 'test.csv': table('a,b,c,label'), 'val.csv': table('a,b,c,label') },
    spec: (from) => csv({ from, ...shape }).spec,
  },
  imageFolder: {
    files: Object.fromEntries(['ant', 'bee', 'cat'].flatMap((name) => pictures.map(([form, content]) => [`${name}/0.${form}`, content]))),
    spec: (from) => imageFolder({ from, ...form, validation: 0.2, test: 0.2 }).spec,
  },
  'imageFolder of splits': {
    files: Object.fromEntries(
      ['train', 'val', 'test'].flatMap((part) => ['ant', 'bee', 'cat'].map((name) => [`${part}/${name}/0.png`, pictures[0]![1]])),
    ),
    spec: (from) => imageFolder({ from, ...form, channels: 1, fit: 'fill' }).spec,
  },
  parquet: {
    files: { 'train-00000-of-00001.parquet': parquetFile([rows, rows]), 'test-00000-of-00001.parquet': parquetFile([rows]) },
    spec: (from) => parquet({ from, ...form }).spec,
  },
  'parquet of names': {
    files: { 'a.parquet': parquetFile([names]), 'b.parquet': parquetFile([names]) },
    spec: (from) => parquet({ from, ...form }).spec,
  },
  hub: {
    files: {
      'hub/a--b/full/train/0000.parquet': parquetFile([rows], { numbers: 'double' }),
      'hub/a--b/.fetched.json': JSON.stringify({ files: ['full/train/0000.parquet'], whole: true }),
    },
    spec: () => hub('a/b', { ...form, config: 'full' }).spec,
  },
  idx: { files: four(12, 3, 3), spec: (from) => idx({ from, classes: 3 }).spec },
  mnist: { files: four(20, 28, 10), spec: (from) => mnist({ from, validation: 4 }).spec },
  cifar10: {
    files: Object.fromEntries(
      ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'].map((name) => [
        `${name}.bin`,
        records(4),
      ]),
    ),
    spec: (from) => cifar10({ from, validation: 4 }).spec,
  },
}

const few = Array.from({ length: 12 }, (_, i) => i)
const kinds = few.map((i) => ['ant', 'bee', 'cat'][i % 3]!)
const examples = npyFile(
  [12, 3],
  Array.from({ length: 36 }, (_, i) => i / 4),
)
const classes = npyFile(
  [12],
  few.map((i) => i % 3),
  { type: '<i8' },
)

/** Tables and arrays, which have fuzzers of their own. */
const npySeeds: { readonly [source: string]: Seed } = {
  'npy files': { files: { 'x.npy': examples, 'y.npy': classes }, spec: (from) => npy({ from, ...shape }).spec },
  'npy of names, by column': {
    files: {
      'x_train.npy': npyFile(
        [12, 1, 3],
        Array.from({ length: 36 }, (_, i) => i),
        { type: '|u1', fortran: true },
      ),
      'y_train.npy': npyTexts(kinds),
    },
    spec: (from) => npy({ from, ...shape }).spec,
  },
}
const npzSeeds: { readonly [source: string]: Seed } = {
  npz: {
    files: { 'a.npz': npzFile({ 'x.npy': examples, 'y.npy': classes }) },
    spec: (from) => npy({ from: join(from, 'a.npz'), ...shape }).spec,
  },
  'npz of splits': {
    files: {
      'a.npz': npzFile({ 'x_train.npy': examples, 'y_train.npy': npyTexts(kinds), 'x_test.npy': examples, 'y_test.npy': npyTexts(kinds) }),
    },
    spec: (from) => npy({ from: join(from, 'a.npz'), ...shape }).spec,
  },
}
const tableSeeds: { readonly [source: string]: Seed } = {
  'parquet table': {
    files: {
      'train.parquet': tableFile({ a: few, b: few, c: few, label: few.map((i) => i % 3) }),
      'test.parquet': tableFile({ a: few, b: few, c: few, label: kinds.map((_, i) => i % 3) }),
    },
    spec: (from) => parquet({ from, ...shape }).spec,
  },
  'parquet table of kinds': {
    files: {
      'a.parquet': tableFile({ a: few, kind: few.map((i) => (i % 2 === 0 ? 'x' : 'y')), more: [null, ...few.slice(1)], label: kinds }),
    },
    spec: (from) => parquet({ from: join(from, 'a.parquet'), ...shape, columns: ['kind', 'a'], categories: { kind: 2 } }).spec,
  },
  'csv of kinds': {
    files: { 'a.csv': `a,kind,label\n${few.map((i) => `${i},${i % 2 === 0 ? 'x' : 'y'},${i % 3}`).join('\n')}\n` },
    spec: (from) => csv({ from: join(from, 'a.csv'), ...shape, categories: { kind: 2 } }).spec,
  },
  'csv of numbers to predict': {
    files: { 'a.csv': table('a,b,c,d') },
    spec: (from) => csv({ from: join(from, 'a.csv'), targets: ['c', 'd'], input: [1, 2, 1] }).spec,
  },
}
const lines = 'The boat lay still.\nNo wind — none at all — and the tide was “out”.\n'.repeat(8)
const textSeeds: { readonly [source: string]: Seed } = {
  'text of characters': {
    files: { 'a.txt': lines },
    spec: (from) => text({ from: join(from, 'a.txt'), length: 8, vocabulary: 20 }).spec,
  },
  'text of words': {
    files: { 'train.txt': lines, 'validation.txt': lines, 'test.txt': lines },
    spec: (from) => text({ from, length: 4, vocabulary: 12, tokens: 'words' }).spec,
  },
  'text of bytes': {
    files: { 'train.txt': lines, 'test.txt': lines },
    spec: (from) => text({ from, length: 16, tokens: 'bytes' }).spec,
  },
}

/** Names that systems allow and programs stumble over. */
const hostileNames = [
  'train',
  'test.csv',
  'validation',
  '.hidden',
  'a\nb.png',
  '\u001b[31m.parquet',
  '\u202Etxt.csv',
  '-rf',
  'x'.repeat(250),
  'caf\u00e9',
  'cafe\u0301',
  'train-00000-of-99999.parquet',
  'dev-00001-of-00001.parquet',
  '%2e%2e',
  '__proto__',
  'constructor',
]
const cells = [
  '',
  ' ',
  'NaN',
  'Infinity',
  '1e39',
  '-1e400',
  '1e-400',
  '0x10',
  '9'.repeat(400),
  '"',
  '""',
  '1,2',
  '\u0000',
  '\ufeff',
  '1.0',
  '-1',
  '3',
  'null',
  'a\u0301',
  '\n',
  '\r',
  ';',
  '٣',
]

type Change =
  | { readonly change: 'byte' | 'cut' | 'insert' | 'repeat' | 'zeros'; readonly at: number; readonly value: number }
  | { readonly change: 'cell'; readonly at: number; readonly cell: string }
  | { readonly change: 'name'; readonly name: string }
  | { readonly change: 'replace'; readonly by: 'nothing' | 'folder' | 'fifo' | 'loop' | 'nowhere' | 'parent' | 'another' | 'gone' }

/** Anywhere in a file, as a part of its length. */
const place = fc.noBias(fc.nat(999_999)).map((millionth) => millionth / 1e6)

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      change: fc.constantFrom('byte', 'cut', 'insert', 'repeat', 'zeros'),
      at: place,
      value: fc.integer({ min: 0, max: 255 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      change: fc.constant('cell' as const),
      at: place,
      cell: fc.constantFrom(...cells),
    }),
  },
  { weight: 1, arbitrary: fc.record({ change: fc.constant('name' as const), name: fc.constantFrom(...hostileNames) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      change: fc.constant('replace' as const),
      by: fc.constantFrom('nothing', 'folder', 'fifo', 'loop', 'nowhere', 'parent', 'another', 'gone'),
    }),
  },
)

interface Input {
  readonly source: string
  readonly changes: readonly { readonly file: number; readonly what: Change }[]
}

const fuzzerOf = (name: string, seeds: { readonly [source: string]: Seed }): Fuzzer<Input> => ({
  name,
  input: fc.record({
    source: fc.constantFrom(...Object.keys(seeds)),
    changes: fc.array(fc.record({ file: fc.nat(), what: change }), { minLength: 0, maxLength: 4 }),
  }),
  async run({ source, changes }, folder) {
    const { files, spec } = seeds[source]!
    const root = join(folder, 'data')
    const paths = Object.keys(files)
    for (const [path, content] of Object.entries(files)) put(join(root, path), content)
    for (const { file, what } of changes) {
      const path = paths[file % paths.length]!
      bend(join(root, path), Buffer.from(files[path]!), what, Buffer.from(files[paths[(file + 1) % paths.length]!]!))
    }
    process.env.ESPALIER_DATA = root
    try {
      const { classes, target, splits } = (await loadDataset(layoutOf(join(folder, 'store')), spec(root))).dataset
      const [isNumber, isClass] = [Number.isFinite, (label: number) => label >= 0 && label < classes]
      for (const { images, labels } of Object.values(splits)) {
        if (!images.every(target?.kind === 'tokens' ? isClass : isNumber)) throw new Error('what is read is no number, or no token')
        if (!labels.every(target?.kind === 'numbers' ? isNumber : isClass)) throw new Error('a label is out of range')
      }
      return undefined
    } catch (cause) {
      return sentenceOf(cause)
    }
  },
})

export const dataFiles = fuzzerOf('data', seeds)
export const tables = fuzzerOf('tables', tableSeeds)
export const texts = fuzzerOf('texts', textSeeds)
export const npyFiles = fuzzerOf('npy', npySeeds)
export const npzFiles = fuzzerOf('npz', npzSeeds)

function put(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

/** One change of one file, of which the content was `before`. */
function bend(path: string, before: Buffer, what: Change, another: Buffer): void {
  if (what.change === 'name') move(path, join(dirname(path), what.name))
  else if (what.change === 'replace') replace(path, what.by, another)
  else {
    rmSync(path, { recursive: true, force: true })
    put(path, what.change === 'cell' ? withCell(before, what.at, what.cell) : bytes(before, what))
  }
}

function move(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true })
  try {
    renameSync(from, to)
  } catch {
    // An earlier change has taken it away.
  }
}

function bytes(
  before: Buffer,
  { change, at, value }: { readonly change: 'byte' | 'cut' | 'insert' | 'repeat' | 'zeros'; readonly at: number; readonly value: number },
): Buffer {
  const place = Math.floor(at * before.length)
  const [left, right] = [before.subarray(0, place), before.subarray(place)]
  if (change === 'cut') return left
  if (change === 'insert') return Buffer.concat([left, Buffer.alloc(1 + (value % 16), value), right])
  if (change === 'repeat') return Buffer.concat([left, right.subarray(0, value), right])
  if (change === 'zeros') return Buffer.concat([left, Buffer.alloc(Math.min(value, right.length)), right.subarray(value)])
  const changed = Buffer.from(before)
  if (place < changed.length) changed[place] = value
  return changed
}

/** Of text: one of its cells is another. */
function withCell(before: Buffer, at: number, cell: string): Buffer {
  const text = before.toString('latin1')
  const parts = text.split(/([,\n])/)
  parts[2 * Math.floor((at * parts.length) / 2.001)] = Buffer.from(cell).toString('latin1')
  return Buffer.from(parts.join(''), 'latin1')
}

function replace(path: string, by: Extract<Change, { readonly change: 'replace' }>['by'], another: Buffer): void {
  rmSync(path, { recursive: true, force: true })
  mkdirSync(dirname(path), { recursive: true })
  if (by === 'nothing') writeFileSync(path, '')
  if (by === 'another') writeFileSync(path, another)
  if (by === 'folder') mkdirSync(join(path, 'within'), { recursive: true })
  if (by === 'fifo') execFileSync('mkfifo', [path])
  if (by === 'loop') symlinkSync(path, path)
  if (by === 'nowhere') symlinkSync('nowhere', path)
  if (by === 'parent') symlinkSync('..', path)
}
