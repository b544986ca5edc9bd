/** Examples of a training and a test file as one pool of bytes in three splits. */
import { sizeOf } from '../network.ts'
import { type ByteDataset, datasetOfBytes } from './bytes.ts'
import { type SplitRule, sharedOut } from './splits.ts'

export interface Labelled {
  /** [examples, height, width, channels], row-major. */
  readonly pixels: Uint8Array
  readonly labels: ArrayLike<number>
}

/** Training and validation out of `training`, all of `testing` for test. Examples that no split uses are left out. */
export function pooled(
  training: Labelled,
  testing: Labelled,
  { input, classes, rule }: { readonly input: readonly number[]; readonly classes: number; readonly rule: SplitRule },
): ByteDataset {
  const size = sizeOf(input)
  const { train, validation } = sharedOut(training.labels, { ...rule, test: 0 })
  const pixels = new Uint8Array((train.length + validation.length + testing.labels.length) * size)
  let next = 0
  const moved = ({ pixels: from, labels }: Labelled, rows: Int32Array) => {
    const first = next
    for (const row of rows) pixels.set(from.subarray(row * size, (row + 1) * size), next++ * size)
    return { rows: Int32Array.from(rows, (_, i) => first + i), labels: Int32Array.from(rows, (row) => labels[row]!) }
  }
  const everyRow = Int32Array.from({ length: testing.labels.length }, (_, row) => row)
  const splits = { train: moved(training, train), validation: moved(training, validation), test: moved(testing, everyRow) }
  return datasetOfBytes({ input, classes, pixels, splits })
}
