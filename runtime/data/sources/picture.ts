/** Decodes image files to pixels of one size. The decoder (sharp) is loaded on first use. */

import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { DataSpec } from '../../../dsl/parts/data.ts'
import { dataNotes, dataProblems } from '../problems.ts'

export interface PictureForm {
  readonly size: readonly [height: number, width: number]
  readonly channels: 1 | 3
  readonly fit: 'cover' | 'fill'
}

/** As written by imageFolder(), parquet() and hub(). */
export const pictureForm = (options: DataSpec['options']): PictureForm => options as unknown as PictureForm

/** [height, width, channels] of an example. */
export const inputOf = ({ size, channels }: PictureForm): readonly [number, number, number] => [...size, channels]

/** Images decoded concurrently. */
const atOnce = 4

/** Only the documented formats are decoded, whatever the file's extension: no SVG, PDF, raw or text. */
const loaders = ['Jpeg', 'Png', 'Webp', 'Tiff', 'Nsgif', 'Heif'].flatMap((form) => [
  `VipsForeignLoad${form}File`,
  `VipsForeignLoad${form}Buffer`,
])

const preparedSharp = async () => {
  const { default: sharp } = await import('sharp')
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: loaders })
  return sharp
}
let loading: ReturnType<typeof preparedSharp> | undefined

/** sharp, restricted to these formats. */
export const loadSharp = (): ReturnType<typeof preparedSharp> => {
  loading ??= preparedSharp()
  return loading
}

/** Decodes images, and records which of them lose information. */
export class PictureReader {
  readonly #data: string
  readonly #form: PictureForm
  readonly #deep: string[] = []
  readonly #moving: string[] = []

  constructor(data: string, form: PictureForm) {
    this.#data = data
    this.#form = form
  }

  /**
   * Row-major pixels, channels last, of a path or encoded image. The decoder checks sizes before it allocates.
   * @param place location of the image, for errors
   * @throws DataProblem
   */
  async read(file: string | Uint8Array, place: string): Promise<Uint8Array> {
    const { channels, fit, size } = this.#form
    const [height, width] = size
    const sharp = await loadSharp()
    try {
      const { depth, pages = 1 } = await sharp(file).metadata()
      // Other types have no agreed value range.
      if (depth !== 'uchar' && depth !== 'ushort') throw new Error(`its numbers are of the type ${depth}, and pictures of bytes are read`)
      if (depth === 'ushort') this.#deep.push(place)
      if (pages > 1) this.#moving.push(place)
      return await sharp(file)
        .flatten({ background: '#000' })
        .resize({ width, height, fit })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .raw({ depth: 'uchar' })
        .toBuffer()
    } catch (cause) {
      const { message } = cause as Error
      // libvips may lose the message for one image while it reads others.
      throw dataProblems.notAPicture(this.#data, place, message.startsWith('Warning treated') ? 'it is damaged or cut off' : message)
    }
  }

  get notes(): readonly ProblemText[] {
    return [...dataNotes.sixteenBits(this.#data, this.#deep), ...dataNotes.severalFrames(this.#data, this.#moving)]
  }
}

/** Yields results in order, decoding a few items ahead. */
export async function* decoded<T>(
  items: Iterable<T> | AsyncIterable<T>,
  decode: (item: T) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const waiting: Promise<Uint8Array>[] = []
  for await (const item of items) {
    const pixels = decode(item)
    pixels.catch(() => {}) // thrown when it is awaited below
    waiting.push(pixels)
    if (waiting.length >= atOnce) yield await waiting.shift()!
  }
  for (const pixels of waiting) yield await pixels
}
