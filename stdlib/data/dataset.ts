/** Labelled images in three splits, and their form in one file. */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import { sizeOf } from '../network.ts'

export interface Split {
  /** [examples, height, width, channels], normalised, row-major. */
  readonly images: Float32Array
  /** [examples], classes from 0. */
  readonly labels: Int32Array
}

export const splitNames = ['train', 'validation', 'test'] as const
export type SplitName = (typeof splitNames)[number]

export interface Dataset {
  /** [height, width, channels] of one example. */
  readonly input: readonly number[]
  readonly classes: number
  /** Of each channel, what was taken off its pixels (in [0, 1]) and what they were divided by. */
  readonly normalisation: Normalisation
  readonly splits: { readonly [name in SplitName]: Split }
}

const magic = 'espalier/dataset/2\n'
const headerLimit = 4096

interface Header {
  readonly input: readonly number[]
  readonly classes: number
  readonly normalisation: Normalisation
  /** Examples in each split. */
  readonly examples: readonly number[]
}

/** Magic, a line of JSON padded to whole words, then images and labels of each split, little-endian. */
export function encodeDataset({ input, classes, normalisation, splits }: Dataset): Uint8Array {
  const parts = splitNames.map((name) => splits[name])
  const header: Header = { input, classes, normalisation, examples: parts.map(({ labels }) => labels.length) }
  const text = `${magic}${JSON.stringify(header)}`
  const start = new TextEncoder().encode(`${text.padEnd(Math.ceil((text.length + 1) / 4) * 4 - 1)}\n`)
  const data = parts.flatMap(({ images, labels }) => [images, labels])
  const bytes = new Uint8Array(start.length + data.reduce((sum, { byteLength }) => sum + byteLength, 0))
  bytes.set(start)
  let at = start.length
  for (const { buffer, byteOffset, byteLength } of data) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at)
    at += byteLength
  }
  return bytes
}

/** @throws PipelineProblem for bytes that are not exactly what `encodeDataset` writes; sizes are checked before anything is allocated */
export function decodeDataset(bytes: Uint8Array): Dataset {
  const head = new TextDecoder().decode(bytes.subarray(0, headerLimit))
  const end = head.indexOf('\n', magic.length)
  if (!head.startsWith(magic) || end === -1) throw damaged('it does not begin as a data set does')
  const header = headerOf(head.slice(magic.length, end))
  const perExample = sizeOf(header.input)
  const expected = end + 1 + header.examples.reduce((sum, examples) => sum + 4 * examples * (perExample + 1), 0)
  if (bytes.byteLength !== expected) throw damaged(`it has ${bytes.byteLength} bytes, and its header says ${expected}`)
  let at = bytes.byteOffset + end + 1
  const words = (count: number): ArrayBuffer => {
    const from = at
    at += 4 * count
    return bytes.buffer.slice(from, at) as ArrayBuffer // never a SharedArrayBuffer here
  }
  const [train, validation, test] = header.examples.map((examples) => ({
    images: new Float32Array(words(examples * perExample)),
    labels: new Int32Array(words(examples)),
  }))
  const { input, classes, normalisation } = header
  return { input, classes, normalisation, splits: { train: train!, validation: validation!, test: test! } }
}

function headerOf(text: string): Header {
  let header: Partial<Header>
  try {
    header = JSON.parse(text) as Partial<Header>
  } catch {
    throw damaged('its header is not JSON')
  }
  const { input, classes, normalisation, examples } = header
  const numbers = (list: unknown): boolean => Array.isArray(list) && list.length === input?.[2] && list.every(Number.isFinite)
  const count = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 0
  if (
    !(
      Array.isArray(input) &&
      input.length === 3 &&
      input.every(count) &&
      count(classes) &&
      numbers(normalisation?.mean) &&
      numbers(normalisation?.std) &&
      Array.isArray(examples) &&
      examples.length === 3 &&
      examples.every(count)
    )
  )
    throw damaged('its header does not describe a data set')
  return { input, classes: classes!, normalisation: normalisation!, examples }
}

export function damaged(what: string): PipelineProblem {
  return new PipelineProblem({ title: `The converted data set is damaged: ${what}.`, facts: {}, hint: 'Remove it; it is made again.' })
}

/** Normalised pixels are (pixel − mean) / std, channel by channel. */
export interface Normalisation {
  readonly mean: readonly number[]
  readonly std: readonly number[]
}
