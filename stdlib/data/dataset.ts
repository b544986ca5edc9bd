/** Examples with their labels or targets in three splits, and the format of the file. */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import { sizeOf } from '../network.ts'

export interface Split {
  /** [examples, height, width, channels], normalised, row-major; for texts token ids [examples, length]. */
  readonly images: Float32Array
  /** [examples], classes from 0; [examples, length], the next tokens; or [examples, numbers], normalised. */
  readonly labels: Int32Array | Float32Array
}

/** What to predict if not a class: the next tokens, or numbers, normalised separately. */
export type Target = { readonly kind: 'tokens' } | ({ readonly kind: 'numbers' } & Normalisation)

export const splitNames = ['train', 'validation', 'test'] as const
export type SplitName = (typeof splitNames)[number]

export interface Dataset {
  /** [height, width, channels] of one example; [length] of a text. */
  readonly input: readonly number[]
  /** The number of classes, of tokens, or of targets. */
  readonly classes: number
  /** The mean and standard deviation of each channel, for pixels in [0, 1]; empty for texts. */
  readonly normalisation: Normalisation
  readonly target?: Target
  readonly splits: { readonly [name in SplitName]: Split }
}

/** The number of labels of an example. */
export const labelsOfExample = ({ input, classes, target }: Pick<Dataset, 'input' | 'classes' | 'target'>): number =>
  target === undefined ? 1 : target.kind === 'tokens' ? sizeOf(input) : classes

/** Examples of a split. */
export const countOf = (dataset: Dataset, split: SplitName): number => dataset.splits[split].labels.length / labelsOfExample(dataset)

const magic = 'espalier/dataset/2\n'
const headerLimit = 4096

export interface Header {
  readonly input: readonly number[]
  readonly classes: number
  readonly normalisation: Normalisation
  readonly target?: Target
  /** Examples in each split. */
  readonly examples: readonly number[]
}

/** Magic bytes, a line of JSON padded to whole words, then images and labels of each split, little-endian. */
export function encodeDataset(dataset: Dataset): Uint8Array {
  const { input, classes, normalisation, target, splits } = dataset
  const parts = splitNames.map((name) => splits[name])
  const examples = splitNames.map((name) => countOf(dataset, name))
  const header: Header = { input, classes, normalisation, ...(target === undefined ? {} : { target }), examples }
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
  const { input, classes, normalisation, target } = header
  const [perExample, labels] = [sizeOf(input), labelsOfExample(header)]
  const expected = end + 1 + header.examples.reduce((sum, examples) => sum + 4 * examples * (perExample + labels), 0)
  if (bytes.byteLength !== expected) throw damaged(`it has ${bytes.byteLength} bytes, and its header says ${expected}`)
  let at = bytes.byteOffset + end + 1
  const words = (count: number): ArrayBuffer => {
    const from = at
    at += 4 * count
    return bytes.buffer.slice(from, at) as ArrayBuffer // never a SharedArrayBuffer here
  }
  const [train, validation, test] = header.examples.map((examples) => ({
    images: new Float32Array(words(examples * perExample)),
    labels: new (target?.kind === 'numbers' ? Float32Array : Int32Array)(words(examples * labels)),
  }))
  const form = { input, classes, normalisation, ...(target === undefined ? {} : { target }) }
  return { ...form, splits: { train: train!, validation: validation!, test: test! } }
}

/** @param part `header` or `footer` @throws PipelineProblem for bytes that are not a data set */
export function headerOf(text: string, part = 'header'): Header {
  let header: Partial<Header>
  try {
    header = JSON.parse(text) as Partial<Header>
  } catch {
    throw damaged(`its ${part} is not JSON`)
  }
  const { input, classes, normalisation, target, examples } = header
  const counts = (list: unknown, length = 3): boolean => Array.isArray(list) && list.length === length && list.every(isCount)
  const moments = (of: Partial<Normalisation> | undefined, length: number | undefined): boolean =>
    [of?.mean, of?.std].every((list) => Array.isArray(list) && list.length === length && list.every(Number.isFinite))
  const formed =
    target?.kind === 'tokens'
      ? counts(input, 1) && moments(normalisation, 0)
      : counts(input) &&
        moments(normalisation, input?.[2]) &&
        (target === undefined || (target.kind === 'numbers' && moments(target, classes)))
  if (!(formed && isCount(classes) && counts(examples))) throw damaged(`its ${part} does not describe a data set`)
  return header as Header // as checked above
}

export const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 0

export function damaged(what: string): PipelineProblem {
  return new PipelineProblem({ title: `The converted data set is damaged: ${what}.`, facts: {}, hint: 'Remove it; it is made again.' })
}

/** Normalised pixels are (pixel − mean) / std, per channel. */
export interface Normalisation {
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** The same, with the mean and standard deviation of the training split. */
export function normalised({ splits, ...dataset }: Omit<Dataset, 'normalisation'>): Dataset {
  const channels = dataset.input.at(-1)!
  const { mean, std } = momentsOf(splits.train.images, channels)
  for (const { images } of Object.values(splits))
    for (const [i, pixel] of images.entries()) images[i] = (pixel - mean[i % channels]!) / std[i % channels]!
  return { ...dataset, normalisation: { mean, std }, splits }
}

/** For values divided by `scale`, with interleaved channels. A constant channel is divided by one. */
export function momentsOf(values: Float32Array, channels: number, scale = 1): Normalisation {
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
