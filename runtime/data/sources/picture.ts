/** Picture files as pixels of one size. The library that decodes them is loaded when the first one is. */
import type { DataSpec } from '../../../dsl/graph/stage-options.ts'

export interface PictureForm {
  readonly size: readonly [height: number, width: number]
  readonly channels: 1 | 3
  readonly fit: 'cover' | 'fill'
}

/** What imageFolder(), parquet() and hub() wrote. */
export const pictureForm = (options: DataSpec['options']): PictureForm => options as unknown as PictureForm

/** [height, width, channels] of an example. */
export const inputOf = ({ size, channels }: PictureForm): readonly [number, number, number] => [...size, channels]

/** Pictures at once in decoding. */
const atOnce = 4

/**
 * Row-major pixels, channels last, of a file (by its path, or its content). Sizes are checked by the decoder before it allocates.
 * @throws Error with the decoder's words
 */
export async function decodePicture(file: string | Uint8Array, { size, channels, fit }: PictureForm): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp')
  const [height, width] = size
  return sharp(file)
    .flatten({ background: '#000' })
    .resize({ width, height, fit })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer()
}

/** Decodes one after the other, a few ahead. */
export async function* decoded<T>(
  items: Iterable<T> | AsyncIterable<T>,
  decode: (item: T) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const waiting: Promise<Uint8Array>[] = []
  for await (const item of items) {
    const pixels = decode(item)
    pixels.catch(() => {}) // raised when its turn comes
    waiting.push(pixels)
    if (waiting.length >= atOnce) yield await waiting.shift()!
  }
  for (const pixels of waiting) yield await pixels
}
