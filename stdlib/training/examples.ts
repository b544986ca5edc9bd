/** One split of a data set on the engine: steps gather their batch from it by index. */
import type { Dataset, SplitName } from '../data/dataset.ts'
import type { Engine, Tensor } from '../engine.ts'
import { permutation } from '../random/stream.ts'

export interface Examples {
  /** [examples, height, width, channels] */
  readonly images: Tensor
  /** int32 [examples] */
  readonly labels: Tensor
  readonly count: number
}

export function upload({ tf }: Engine, { input, splits }: Dataset, split: SplitName): Examples {
  const { images, labels } = splits[split]
  const count = labels.length
  return { images: tf.tensor(images, [count, ...input]), labels: tf.tensor1d(labels, 'int32'), count }
}

/** The batches of an epoch (from 0) as indices, one row a step: a fresh permutation, the last partial batch dropped. */
export function epochBatches(seed: number, epoch: number, count: number, batch: number): Int32Array[] {
  const order = permutation(seed, epoch, count)
  return Array.from({ length: Math.floor(count / batch) }, (_, step) => order.subarray(step * batch, (step + 1) * batch))
}
