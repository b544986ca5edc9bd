/** Examples of a training and a test file as one pool of bytes in three splits. */
import { sizeOf } from '../network.ts'
import { type ByteDataset, datasetOfBytes } from './bytes.ts'
import type { Normalisation } from './dataset.ts'
import { parted, type SplitRule } from './splits.ts'

export interface Labelled {
  /** [examples, height, width, channels], row-major. */
  readonly pixels: Uint8Array
  readonly labels: ArrayLike<number>
}

interface Pooled {
  readonly input: readonly number[]
  readonly classes: number
  readonly rule: SplitRule
  /** Default: computed from the training split. */
  readonly normalisation?: Normalisation | undefined
}

/** Training and validation from `training`, all of `testing` for test. Unused examples are left out. */
export function pooled(training: Labelled, testing: Labelled, { input, classes, rule, normalisation }: Pooled): ByteDataset {
  const size = sizeOf(input)
  const { used, splits } = parted({ train: training.labels, test: testing.labels }, rule)
  const pixels = new Uint8Array(used.length * size)
  const first = training.labels.length
  used.forEach((row, i) => {
    const [from, at] = row < first ? [training.pixels, row] : [testing.pixels, row - first]
    pixels.set(from.subarray(at * size, (at + 1) * size), i * size)
  })
  return datasetOfBytes({ input, classes, pixels, splits }, normalisation)
}
