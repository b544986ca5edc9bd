import { beforeAll, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { bnConv } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import type { Weights } from '../../../stdlib/network.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import type { BoundNetwork } from '../../../stdlib/training/bound-network.ts'
import { ResidentExamples } from '../../../stdlib/training/examples.ts'
import { recalibrated } from '../../../stdlib/training/recalibrate.ts'

const [count, batch] = [30, 10]
const order = [0, 1, 2].map((k) => Int32Array.from({ length: batch }, (_, i) => k * batch + i))

let engine: Engine
let examples: ResidentExamples
let network: BoundNetwork
let weights: Weights
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
  const random = new Stream(1, 'data', 0)
  const images = Float32Array.from({ length: count * 784 }, () => random.normals()[0])
  examples = new ResidentExamples(engine, engine.tf.tensor(images, [count, 28, 28, 1]), engine.tf.zeros([count], 'int32'))
  network = boundNetwork(engine, bnConv([3, 2]).spec)
  weights = initialise(network.topology, 0)
})

const recalibrate = async (from: Weights, batches = order) => {
  network.load(from)
  return recalibrated(engine, network, examples, { batch, order: batches, seed: 0 })
}

/** Mean and variance of each channel over a batch. */
function moments(values: Float32Array, channels: number) {
  const of = (channel: number) => values.filter((_, i) => i % channels === channel)
  return Array.from({ length: channels }, (_, channel) => {
    const own = of(channel)
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length
    return { mean, variance: own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length }
  })
}

test('running statistics become the mean of those of each batch', async () => {
  const after = await recalibrate(weights)
  const { tf } = engine
  // The first norm sees the first convolution, which no norm comes before.
  const each = order.map((_, k) =>
    tf.tidy(() => {
      const images = tf.slice(examples.images, [k * batch, 0, 0, 0], [batch, -1, -1, -1])
      return moments(network.tapped(['conv1'], images, false).taps[0]!.dataSync() as Float32Array, 3)
    }),
  )
  for (let channel = 0; channel < 3; channel++) {
    const mean = each.reduce((sum, batchMoments) => sum + batchMoments[channel]!.mean, 0) / 3
    const variance = each.reduce((sum, batchMoments) => sum + batchMoments[channel]!.variance, 0) / 3
    expect(after.get('bn1/moving_mean')![channel]).toBeCloseTo(mean, 5)
    // The engine's own may be the unbiased estimate: 1960 values a batch.
    expect(after.get('bn1/moving_variance')![channel]! / variance).toBeCloseTo(1, 2)
  }
})

test('those from before have no part in them, and all else stays as it is', async () => {
  const spoilt = new Map(weights)
  for (const name of weights.keys())
    if (name.includes('moving'))
      spoilt.set(
        name,
        weights.get(name)!.map(() => 1e3),
      )
  const [from, fromSpoilt] = [await recalibrate(weights), await recalibrate(spoilt)]
  expect(fromSpoilt).toEqual(from)
  for (const [name, values] of from) {
    if (name.includes('moving')) expect(values).not.toEqual(weights.get(name))
    else expect(values).toEqual(weights.get(name))
  }
  expect(await network.read()).toEqual(spoilt)
})

test('of the same batches, twice is once', async () => {
  expect(await recalibrate(weights, [...order, ...order])).toEqual(await recalibrate(weights))
})
