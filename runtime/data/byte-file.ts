/** Writes an 8-bit data set one example at a time, so that it may be larger than memory. */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { type ByteImages, endOfBytes, Histogram } from '../../stdlib/data/bytes.ts'
import { type Normalisation, splitNames } from '../../stdlib/data/dataset.ts'
import { sizeOf } from '../../stdlib/network.ts'
import { writeDurablyBy } from '../store/durable-file.ts'
import type { DataFacts } from './facts.ts'

/** Properties that must be known before the first pixel is written. */
export interface ByteForm extends Omit<ByteImages, 'pixels'> {
  /** Total number of examples. */
  readonly pool: number
  /** Default: computed from the training split. */
  readonly normalisation?: Normalisation | undefined
}

/** A data set that was written to disk. */
export interface Written {
  readonly facts: DataFacts
  /** Size of the file. */
  readonly bytes: number
}

/** Pixels are buffered to about this many bytes per write. */
const pieceBytes = 1 << 22

/**
 * @param file destination, written atomically
 * @param examples the pixels of all examples in order, each [height, width, channels]
 */
export function writeBytes(file: string, tmp: string, form: ByteForm, examples: AsyncIterable<Uint8Array>): Promise<Written> {
  const expected = form.pool * sizeOf(form.input)
  return writeDurablyBy(file, expected, tmp, (handle) => write(handle, form, examples))
}

async function write(handle: FileHandle, form: ByteForm, examples: AsyncIterable<Uint8Array>): Promise<Written> {
  const { input, classes, splits, pool } = form
  const size = sizeOf(input)
  const trained = new Uint8Array(pool)
  for (const row of splits.train.rows) trained[row] = 1
  const [hash, histogram] = [createHash('sha256'), new Histogram(input.at(-1)!)]
  const perPiece = Math.max(1, Math.floor(pieceBytes / size))
  const piece = new Uint8Array(perPiece * size)
  let [count, bytes] = [0, 0]
  const flush = async (content: Uint8Array) => {
    hash.update(content)
    await writeAll(handle, content)
    bytes += content.length
  }
  for await (const pixels of examples) {
    if (pixels.length !== size) throw new TypeError(`an example has ${pixels.length} values instead of ${size}`)
    if (trained[count] === 1) histogram.add(pixels)
    piece.set(pixels, (count % perPiece) * size)
    count++
    if (count % perPiece === 0) await flush(piece)
  }
  if (count !== pool) throw new TypeError(`${count} examples came instead of ${pool}`)
  if (count % perPiece > 0) await flush(piece.subarray(0, (count % perPiece) * size))
  const { normalisation = histogram.moments() } = form
  const lengths = splitNames.map((name) => splits[name].labels.length)
  await flush(endOfBytes(splits, { input, classes, normalisation, examples: lengths, pool }))
  const facts = { digest: `sha256:${hash.digest('hex')}`, input, classes, trainExamples: splits.train.labels.length } as const
  return { facts, bytes }
}

/** `write` may write fewer bytes than requested. */
async function writeAll(handle: FileHandle, content: Uint8Array): Promise<void> {
  for (let at = 0; at < content.length; ) at += (await handle.write(content, at, content.length - at)).bytesWritten
}
