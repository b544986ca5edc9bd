import { joined } from '../joined.ts'
import { sizeOf } from '../network.ts'
import { type Dataset, damaged, type Header, headerOf, isCount, type Normalisation, type SplitName, splitNames } from './dataset.ts'

export interface ByteSplit {
  /** The indices of its examples among all examples. */
  readonly rows: Int32Array
  /** [rows], classes from 0. */
  readonly labels: Int32Array
}

export interface ByteImages {
  /** [height, width, channels] of one example. */
  readonly input: readonly number[]
  readonly classes: number
  /** [examples, height, width, channels], row-major, 0 to 255. */
  readonly pixels: Uint8Array
  readonly splits: { readonly [name in SplitName]: ByteSplit }
}

export interface ByteDataset extends Dataset {
  readonly bytes: ByteImages
}

/** Normalised by the mean and standard deviation of each channel over the training split, or by given ones. */
export function datasetOfBytes(bytes: ByteImages, normalisation = momentsOf(bytes)): ByteDataset {
  const { input, classes, pixels, splits } = bytes
  const tables = normalisers(normalisation)
  const size = sizeOf(input)
  const split = ({ rows, labels }: ByteSplit) => ({
    labels,
    get images() {
      const images = new Float32Array(rows.length * size)
      rows.forEach((row, i) => {
        normaliseInto(images, i * size, pixels.subarray(row * size, (row + 1) * size), tables)
      })
      return images
    },
  })
  const { train, validation, test } = splits
  return { input, classes, normalisation, splits: { train: split(train), validation: split(validation), test: split(test) }, bytes }
}

/** For each channel, the 256 normalised values of its bytes: (byte/255 − mean)/std, rounded once. */
export function normalisers({ mean, std }: Normalisation): readonly Float32Array[] {
  return mean.map((average, channel) => Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - average) / std[channel]!))
}

/** Writes normalised pixels (of whole examples, channels last) to a position in `images`. */
export function normaliseInto(images: Float32Array, at: number, pixels: Uint8Array, tables: readonly Float32Array[]): void {
  for (const [channel, table] of tables.entries())
    for (let i = channel; i < pixels.length; i += tables.length) images[at + i] = table[pixels[i]!]!
}

/** Counts of each byte in each channel, which give exact moments for any order of the examples. */
export class Histogram {
  readonly #counts: readonly Float64Array[]

  constructor(channels: number) {
    this.#counts = Array.from({ length: channels }, () => new Float64Array(256))
  }

  add(pixels: Uint8Array): void {
    const channels = this.#counts.length
    for (let i = 0; i < pixels.length; i++) this.#counts[i % channels]![pixels[i]!]!++
  }

  /** A constant channel is divided by one. */
  moments(): Normalisation {
    const each = this.#counts.map((counts) => {
      const total = counts.reduce((sum, count) => sum + count, 0)
      const mean = counts.reduce((sum, count, byte) => sum + count * (byte / 255), 0) / total
      const variance = counts.reduce((sum, count, byte) => sum + count * (byte / 255 - mean) ** 2, 0) / total
      return { mean, std: Math.sqrt(variance) || 1 }
    })
    return { mean: each.map(({ mean }) => mean), std: each.map(({ std }) => std) }
  }
}

function momentsOf({ input, pixels, splits }: ByteImages): Normalisation {
  const [size, histogram] = [sizeOf(input), new Histogram(input.at(-1)!)]
  for (const row of splits.train.rows) histogram.add(pixels.subarray(row * size, (row + 1) * size))
  return histogram.moments()
}

/** The part of a file after the pixels. */
export interface ByteFooter extends Header {
  /** The number of all examples, including those of no split. */
  readonly pool: number
}

const magic = 'espalier/dataset/3\n'
/** A footer's length in bytes, as text, then the magic. */
const tail = 12 + magic.length
/** Bytes at the end of a file that contain the whole footer. */
export const footerLimit = 1 << 16

/** All pixels; for each split labels, then rows, as int32 in little-endian order; the footer as JSON; its length; the magic. */
export function encodeBytes({ bytes, normalisation }: ByteDataset): Uint8Array {
  const { input, classes, pixels, splits } = bytes
  const examples = splitNames.map((name) => splits[name].labels.length)
  const end = endOfBytes(splits, { input, classes, normalisation, examples, pool: pixels.length / sizeOf(input) })
  const content = new Uint8Array(pixels.length + end.length)
  content.set(pixels)
  content.set(end, pixels.length)
  return content
}

/** Everything after the pixels. */
export function endOfBytes(splits: ByteImages['splits'], footer: ByteFooter): Uint8Array {
  const words = splitNames.flatMap((name) => [splits[name].labels, splits[name].rows])
  const json = new TextEncoder().encode(`${JSON.stringify(footer)}\n`)
  const end = new TextEncoder().encode(`${String(json.length).padStart(12)}${magic}`)
  return joined([...words.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)), json, end])
}

export function areBytes(content: Uint8Array): boolean {
  return text(content.subarray(-magic.length)) === magic
}

/** A file's footer and the offsets of its parts, in bytes. */
export interface ByteLayout extends ByteFooter {
  readonly pixels: number
  readonly words: number
}

/**
 * @param end the last bytes of the file: 64 kB, or all of a smaller one
 * @param size of the whole file
 * @throws PipelineProblem for a footer that does not describe a file of this size
 */
export function layoutOfBytes(end: Uint8Array, size: number): ByteLayout {
  if (!areBytes(end)) throw damaged('it does not end as a data set does')
  const length = Number(text(end.subarray(-tail, -magic.length)))
  if (!(Number.isSafeInteger(length) && length > 0 && length <= Math.min(footerLimit, end.length) - tail))
    throw damaged('it does not say how long its footer is')
  const footer = footerOf(text(end.subarray(-tail - length, -tail)))
  const pixels = footer.pool * sizeOf(footer.input)
  const words = 8 * footer.examples.reduce((sum, n) => sum + n, 0)
  if (pixels + words + length + tail !== size) throw damaged(`it has ${size} bytes, and its footer says ${pixels + words + length + tail}`)
  return { ...footer, pixels, words }
}

/** Labels and rows of the splits, from the part of a file that follows its pixels. @throws PipelineProblem for impossible rows or labels */
export function splitsOfBytes(words: Uint8Array, { examples, pool, classes }: ByteFooter): ByteImages['splits'] {
  const all = new Int32Array(new Uint8Array(words).buffer) // a copy, because words may start at any offset, and a Buffer's slice() does not copy
  let at = 0
  const part = (count: number, limit: number): Int32Array => {
    const values = all.subarray(at, at + count)
    at += count
    if (values.some((value) => value < 0 || value >= limit)) throw damaged('a label or a row is out of range')
    return values
  }
  const [train, validation, test] = examples.map((count) => ({ labels: part(count, classes), rows: part(count, pool) }))
  return { train: train!, validation: validation!, test: test! }
}

/** @throws PipelineProblem for bytes that are not exactly what `encodeBytes` writes; sizes are checked before anything is allocated */
export function decodeBytes(content: Uint8Array): ByteDataset {
  const { pixels, words, ...footer } = layoutOfBytes(content.subarray(-footerLimit), content.length)
  const { input, classes, normalisation } = footer
  const splits = splitsOfBytes(content.subarray(pixels, pixels + words), footer)
  return datasetOfBytes({ input, classes, pixels: content.subarray(0, pixels), splits }, normalisation)
}

function footerOf(json: string): ByteFooter {
  const footer = headerOf(json, 'footer') as ByteFooter // its pool is checked here
  if (!isCount(footer.pool)) throw damaged('its footer does not describe a data set')
  return footer
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes)
}
