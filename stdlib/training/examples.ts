/** One split of a data set for training steps: on the engine, gathered by index, or read batch by batch ahead of the steps. */
import { type Dataset, labelsOfExample, type SplitName, type Target } from '../data/dataset.ts'
import type { Engine, Tensor, TensorSpec } from '../engine.ts'
import { joined } from '../joined.ts'
import { sizeOf } from '../network.ts'
import { permutation } from '../random/stream.ts'

/** A batch inside a step. */
export interface GatheredBatch {
  /** [batch, height, width, channels]; for texts [batch, length] */
  readonly images: Tensor
  /** int32 [batch], or for texts [batch · length]; for regression float32 [batch, numbers] */
  readonly labels: Tensor
  /** int32 [batch]: the examples' indices in their split. */
  readonly indices: Tensor
}

export interface Examples {
  readonly count: number
  /** What to predict; undefined for a class. */
  readonly target?: Target | undefined
  /** Predictions for each example. 1 except for texts. */
  readonly places: number
  /** The class of each example, in order. */
  classes(): Promise<Int32Array>
  /** The first inputs of a step for a batch. */
  inputs(batch: number): readonly TensorSpec[]
  /** The batch for those inputs, inside the step. */
  gathered(inputs: readonly Tensor[]): GatheredBatch
  /**
   * Those inputs for the examples with these indices. The caller disposes them.
   * @param batches so many, one after another, on a first axis. Default: one, without that axis
   */
  feed(indices: Int32Array, batches?: number): Promise<Tensor[]>
  /** Announces the batches to come, in order. It affects only speed. */
  ahead(order: Iterable<Int32Array>): void
  dispose(): void
}

const shapeOf = ({ length }: Int32Array, batches?: number) => (batches === undefined ? [length] : [batches, length / batches])

function split(indices: Int32Array, batches = 1): Int32Array[] {
  const batch = indices.length / batches
  return Array.from({ length: batches }, (_, i) => indices.subarray(i * batch, (i + 1) * batch))
}

const indicesOf = (batch: number): TensorSpec => ({ name: 'indices', shape: [batch], dtype: 'int32' })

/** All examples on the engine. */
export class ResidentExamples implements Examples {
  readonly images: Tensor
  readonly labels: Tensor
  readonly count: number
  readonly target: Target | undefined
  readonly places: number
  readonly #engine: Engine

  /** @param images [examples, …] @param labels int32 [examples], or [examples, length] of tokens; float32 [examples, numbers] */
  constructor(engine: Engine, images: Tensor, labels: Tensor, target?: Target) {
    this.#engine = engine
    this.images = images
    this.labels = labels
    this.count = labels.shape[0]!
    this.target = target
    this.places = target?.kind === 'tokens' ? labels.shape[1]! : 1
  }

  inputs(batch: number): readonly TensorSpec[] {
    return [indicesOf(batch)]
  }

  async classes(): Promise<Int32Array> {
    return (await this.#engine.read(this.labels)) as Int32Array // int32 labels
  }

  gathered([indices]: readonly Tensor[]): GatheredBatch {
    const { tf } = this.#engine
    // tfjs types the indices of gather as tensors of one rank only.
    const [images, labels] = [tf.gather(this.images, indices as never), tf.gather(this.labels, indices as never)]
    return { images, labels: this.target?.kind === 'tokens' ? labels.reshape([-1]) : labels, indices: indices! }
  }

  async feed(indices: Int32Array, batches?: number): Promise<Tensor[]> {
    return [this.#engine.tf.tensor(indices, shapeOf(indices, batches), 'int32')]
  }

  ahead(): void {}

  dispose(): void {
    this.#engine.tf.dispose([this.images, this.labels])
  }
}

/** The source of a split's examples. */
export interface Rows {
  /** [height, width, channels] of one example. */
  readonly input: readonly number[]
  /** int32 [examples] */
  readonly labels: Int32Array
  /** Normalised images of these examples, row-major. */
  read(indices: Int32Array): Promise<Float32Array>
}

/**
 * The number of batches to read ahead. A few are enough on average, but on a busy machine the reading thread may be delayed, so small
 * batches are read further ahead.
 */
const aheadBytes = 16e6
const [leastAhead, mostAhead] = [4, 64]

/** Examples that do not fit into memory: a batch is read while earlier steps run. */
export class StreamedExamples implements Examples {
  readonly count: number
  readonly places = 1
  /** The time that steps have waited for batches, in milliseconds. */
  waited = 0
  readonly #engine: Engine
  readonly #rows: Rows
  #order: Iterator<Int32Array> | undefined
  #depth = leastAhead
  #queue: { readonly indices: Int32Array; readonly images: Promise<Float32Array> }[] = []

  constructor(engine: Engine, rows: Rows) {
    this.#engine = engine
    this.#rows = rows
    this.count = rows.labels.length
  }

  inputs(batch: number): readonly TensorSpec[] {
    return [
      indicesOf(batch),
      { name: 'images', shape: [batch, ...this.#rows.input], dtype: 'float32' },
      { name: 'labels', shape: [batch], dtype: 'int32' },
    ]
  }

  async classes(): Promise<Int32Array> {
    return this.#rows.labels
  }

  gathered([indices, images, labels]: readonly Tensor[]): GatheredBatch {
    return { indices: indices!, images: images!, labels: labels! }
  }

  ahead(order: Iterable<Int32Array>): void {
    this.#order = order[Symbol.iterator]()
    this.#queue = []
    this.#fill()
  }

  async feed(indices: Int32Array, batches?: number): Promise<Tensor[]> {
    const { tf } = this.#engine
    const shape = shapeOf(indices, batches)
    const images: Float32Array[] = []
    for (const batch of split(indices, batches)) images.push(await this.#next(batch))
    return [
      tf.tensor(indices, shape, 'int32'),
      tf.tensor(joined(images), [...shape, ...this.#rows.input]),
      tf.tensor(
        indices.map((index) => this.#rows.labels[index]!),
        shape,
        'int32',
      ),
    ]
  }

  /** The images of a batch: those read ahead, if it was announced. */
  async #next(indices: Int32Array): Promise<Float32Array> {
    const next = this.#queue.shift()
    const expected = next !== undefined && indices.every((index, i) => next.indices[i] === index)
    // Not the announced examples: discard what was read ahead.
    if (!expected) this.ahead([])
    this.#fill()
    const began = performance.now()
    const images = await (expected ? next.images : this.#rows.read(indices))
    this.waited += performance.now() - began
    return images
  }

  dispose(): void {
    this.ahead([])
  }

  #fill(): void {
    while (this.#queue.length < this.#depth) {
      const next = this.#order?.next()
      if (next === undefined || next.done === true) return
      const bytes = next.value.length * sizeOf(this.#rows.input) * 4
      this.#depth = Math.max(leastAhead, Math.min(mostAhead, Math.floor(aheadBytes / bytes)))
      const images = this.#rows.read(next.value)
      images.catch(() => {}) // thrown by the step that uses it
      this.#queue.push({ indices: next.value, images })
    }
  }
}

export function upload(engine: Engine, dataset: Dataset, split: SplitName): ResidentExamples {
  const { tf } = engine
  const { input, splits, target } = dataset
  const { images, labels } = splits[split]
  const each = labelsOfExample(dataset)
  const count = labels.length / each
  const shape = target === undefined ? [count] : [count, each]
  const told = tf.tensor(labels, shape, target?.kind === 'numbers' ? 'float32' : 'int32')
  return new ResidentExamples(engine, tf.tensor(images, [count, ...input]), told, target)
}

/** The batches of an epoch (from 0) as indices, one row per step: a new permutation, without the last partial batch. */
export function epochBatches(seed: number, epoch: number, count: number, batch: number): Int32Array[] {
  const order = permutation(seed, epoch, count)
  return Array.from({ length: Math.floor(count / batch) }, (_, step) => order.subarray(step * batch, (step + 1) * batch))
}

/** The batches of a training from a position (steps of the horizon before it) to its end, computed epoch by epoch. */
export function* batchesFrom(seed: number, position: number, end: number, count: number, batch: number): Generator<Int32Array> {
  const stepsPerEpoch = Math.floor(count / batch)
  for (let epoch = Math.floor(position / stepsPerEpoch); epoch * stepsPerEpoch < end; epoch++) {
    const first = Math.max(0, position - epoch * stepsPerEpoch)
    yield* epochBatches(seed, epoch, count, batch).slice(first, end - epoch * stepsPerEpoch)
  }
}
