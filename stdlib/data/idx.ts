/** IDX files, the format of MNIST and its relatives: magic (0, 0, type 8 = bytes, rank), the sizes as big-endian 32-bit numbers, the values. */
import { malformed } from './source.ts'

export interface Idx {
  readonly shape: readonly number[]
  readonly values: Uint8Array
}

/**
 * @param name starts the error messages
 * @param rank 3 for images, 1 for labels
 * @throws PipelineProblem if the file is not a complete IDX file of bytes with this rank
 */
export function parseIdx(name: string, content: Uint8Array, rank: 1 | 3): Idx {
  const header = 4 + 4 * rank
  if (content.length < header) throw malformed(name, `ends at byte ${content.length}, within its header of ${header} bytes`)
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const magic = view.getUint32(0)
  const expected = 0x800 + rank
  if (magic !== expected)
    throw malformed(
      name,
      `begins with ${hex(magic)}, and an IDX file of bytes with ${rank} dimension${rank === 1 ? '' : 's'} with ${hex(expected)}`,
    )
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const size = shape.reduce((product, n) => product * n, 1)
  if (size === 0) throw malformed(name, `announces no values at all at byte 4: ${shape.join(' × ')}`)
  if (content.length !== header + size)
    throw malformed(name, `has ${content.length} bytes, and its header (${shape.join(' × ')}) announces ${header + size}`)
  return { shape, values: content.subarray(header) }
}

export interface LabelledImages {
  readonly height: number
  readonly width: number
  readonly pixels: Uint8Array
  readonly labels: Uint8Array
}

/**
 * A pair of files. @param first label of class 0 in the file
 * @throws PipelineProblem if the two do not match, or a label is out of range
 */
export function labelledImages(
  images: readonly [name: string, content: Uint8Array],
  labels: readonly [name: string, content: Uint8Array],
  classes: number,
  first = 0,
): LabelledImages {
  const { shape, values: pixels } = parseIdx(...images, 3)
  const { shape: labelled, values } = parseIdx(...labels, 1)
  const [count, height, width] = shape as [number, number, number] // rank 3
  if (labelled[0] !== count) throw malformed(labels[0], `has ${labelled[0]} labels, and ${images[0]} has ${count} images`)
  const wrong = values.findIndex((label) => label < first || label >= first + classes)
  if (wrong !== -1)
    throw malformed(labels[0], `has the label ${values[wrong]} at byte ${8 + wrong}, and labels go from ${first} to ${first + classes - 1}`)
  return { height, width, pixels, labels: first === 0 ? values : values.map((label) => label - first) }
}

const hex = (magic: number): string => `0x${magic.toString(16).padStart(8, '0')}`
