/** Worker thread that reads and normalises examples from a converted file, so that training steps do not wait for I/O. */
import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { normaliseInto, normalisers } from '../../stdlib/data/bytes.ts'
import type { Normalisation } from '../../stdlib/data/dataset.ts'

export interface RowThreadData {
  readonly path: string
  /** Bytes per example. */
  readonly size: number
  readonly normalisation: Normalisation
}

export interface RowRequest {
  readonly id: number
  /** Indices of examples in the file, from 0. */
  readonly rows: Int32Array
}

export type RowAnswer =
  | { readonly id: number; readonly images: Float32Array<ArrayBuffer> }
  | { readonly id: number; readonly problem: string }

const { path, size, normalisation } = workerData as RowThreadData
const file = openSync(path, 'r')
const tables = normalisers(normalisation)

parentPort!.on('message', ({ id, rows }: RowRequest) => {
  try {
    const images = new Float32Array(rows.length * size)
    for (let from = 0; from < rows.length; ) {
      let to = from + 1
      while (to < rows.length && rows[to] === rows[to - 1]! + 1) to++ // consecutive rows are read at once
      normaliseInto(images, from * size, read(rows[from]!, to - from), tables)
      from = to
    }
    parentPort!.postMessage({ id, images } satisfies RowAnswer, [images.buffer])
  } catch (cause) {
    parentPort!.postMessage({ id, problem: String(cause) } satisfies RowAnswer)
  }
})
process.once('exit', () => closeSync(file))

function read(row: number, count: number): Uint8Array {
  const pixels = new Uint8Array(count * size)
  for (let at = 0; at < pixels.length; ) {
    const bytes = readSync(file, pixels, at, pixels.length - at, row * size + at)
    if (bytes === 0) throw new Error(`the file ends at byte ${row * size + at}`)
    at += bytes
  }
  return pixels
}
