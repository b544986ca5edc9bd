/**
 * Recomputes batch norm's running statistics for the current weights: the mean of the batch means and variances over a number of batches,
 * like PyTorch's `update_bn`. The statistics from a training lag behind its last steps, and are wrong for averaged weights.
 */
import type { Engine } from '../engine.ts'
import type { Weights } from '../network.ts'
import type { BoundNetwork } from './bound-network.ts'
import type { Examples } from './examples.ts'

export interface RecalibrateOptions {
  readonly batch: number
  /** The examples, batch by batch. */
  readonly order: Iterable<Int32Array>
  /** The seed of dropout. */
  readonly seed: number
}

/** The network's weights must be loaded. It changes neither them nor the statistics; the result contains the new ones. */
export async function recalibrated(
  engine: Engine,
  network: BoundNetwork,
  examples: Examples,
  { batch, order, seed }: RecalibrateOptions,
): Promise<Weights> {
  const { tf } = engine
  const before = await network.read()
  const running = network.runningStatistics()
  const sums = new Map(running.map(({ name }) => [name, new Float64Array(before.get(name)!.length)]))
  const example = examples.inputs(batch)
  const step = engine.compile('recalibrate', [...example, { name: 'seed', shape: [], dtype: 'int32' }], (...all) => {
    const { images } = examples.gathered(all.slice(0, example.length))
    return [tf.sum(engine.withRandom(all[example.length]!, () => network.logits(images, true)))]
  })
  let count = 0
  for (const indices of order) {
    // Starting from zero, a batch leaves its statistics times the layer's update rate.
    for (const { variable } of running) engine.assign(variable, new Float32Array(variable.size))
    const inputs = [...(await examples.feed(indices)), tf.scalar((seed + count) | 0, 'int32')]
    tf.dispose([...(await step.run(inputs)), ...inputs])
    for (const { name, variable, share } of running) {
      const sum = sums.get(name)!
      for (const [i, value] of (await engine.read(variable)).entries()) sum[i]! += value / share
    }
    count++
  }
  step.dispose()
  network.load(before)
  return new Map(
    [...before].map(([name, values]) => [name, sums.has(name) ? Float32Array.from(sums.get(name)!, (sum) => sum / count) : values]),
  )
}
