import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../../stdlib/engine.ts'
import { openNative } from './native.ts'
import { batch, compiled, type NetworkName, run, training, values } from './networks.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openNative({ threads: 2 })
})

const networks = ['lenet', 'conv-bn', 'dropout'] as const satisfies NetworkName[]

const digest = (arrays: readonly Float32Array[]): string => {
  const hash = createHash('sha256')
  for (const array of arrays) hash.update(array)
  return hash.digest('hex')
}

describe('a compiled training step', () => {
  it.each(networks)('computes what its operations compute one by one, bit for bit: %s', async (name) => {
    const { tf } = engine
    const traced = training(engine, name)
    const eager = training(engine, name)
    const losses = await run(engine, compiled(engine, name, traced), traced, 0, 5)
    const expected = Array.from({ length: 5 }, (_, i) =>
      tf.tidy(() => eager.body(eager.images, eager.labels, tf.scalar(i, 'int32'))[0]!.dataSync()[0]!),
    )
    expect(losses).toEqual(expected)
    expect(await values(traced, engine)).toEqual(await values(eager, engine))
  })

  it.each(networks)('learns: %s', async (name) => {
    const net = training(engine, name)
    const losses = await run(engine, compiled(engine, name, net), net, 0, 60)
    expect(losses.every(Number.isFinite)).toBe(true)
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2)
  })

  it.each(networks)('20 steps are 10 steps, a checkpoint into a new network, and 10 more: %s', async (name) => {
    const whole = training(engine, name)
    await run(engine, compiled(engine, name, whole), whole, 0, 20)

    const first = training(engine, name)
    await run(engine, compiled(engine, name, first), first, 0, 10)
    const checkpoint = await values(first, engine)
    const second = training(engine, name)
    for (const [i, variable] of second.variables.entries()) engine.assign(variable, checkpoint[i]!)
    await run(engine, compiled(engine, name, second), second, 10, 20)

    expect(digest(await values(second, engine))).toBe(digest(await values(whole, engine)))
    expect(digest(checkpoint)).not.toBe(digest(await values(whole, engine)))
  })

  it.each(networks)('leaves no tensor behind in 300 steps: %s', async (name) => {
    const net = training(engine, name)
    const step = compiled(engine, name, net)
    await run(engine, step, net, 0, 5)
    const before = engine.memory().tensors
    await run(engine, step, net, 5, 300)
    expect(engine.memory().tensors).toBe(before)
  })
})

describe('dropout in a step', () => {
  const loss = async (seed: number) => {
    const net = training(engine, 'dropout')
    return run(engine, compiled(engine, 'dropout', net), net, seed, seed + 1)
  }

  it('repeats with its seed and varies with it', async () => {
    const [first, again, other] = [await loss(3), await loss(3), await loss(4)]
    expect(first).toEqual(again)
    expect(first).not.toEqual(other)
  })

  it('drops its share, keeps the mean, and passes the gradient only where it kept', () => {
    const { tf } = engine
    const layer = tf.layers.dropout({ rate: 0.25 })
    const x = tf.ones([100, 100])
    const seed = tf.scalar(1, 'int32')
    const forward = () => engine.withRandom(seed, () => layer.apply(x, { training: true })) as typeof x
    const kept = forward().dataSync()
    const share = kept.filter((value) => value !== 0).length / kept.length
    expect(share).toBeGreaterThan(0.73)
    expect(share).toBeLessThan(0.77)
    expect(new Set(kept)).toEqual(new Set([0, Math.fround(1 / 0.75)]))
    const gradient = tf.grad((x) => tf.sum(engine.withRandom(seed, () => layer.apply(x, { training: true })) as typeof x))(x)
    expect(gradient.dataSync()).toEqual(kept)
    expect((layer.apply(x, { training: false }) as typeof x).dataSync()).toEqual(x.dataSync())
  })
})

describe('batch norm in a step', () => {
  const channels = 3
  const n = batch * 4 * 4

  /** Mean and sum of squared differences of each channel, in double precision. */
  function moments(x: Float32Array) {
    const mean = new Float64Array(channels)
    const squares = new Float64Array(channels)
    x.forEach((value, i) => {
      mean[i % channels]! += value / n
    })
    x.forEach((value, i) => {
      squares[i % channels]! += (value - mean[i % channels]!) ** 2
    })
    return { mean, squares }
  }

  it.each([
    ['images', [batch, 4, 4, channels], true],
    ['images without scale and center', [batch, 4, 4, channels], false],
    ['vectors', [n, channels], true],
    ['vectors without scale and center', [n, channels], false],
    ['sequences', [batch, 16, channels], true],
  ] as const)('normalises with the variance ÷ n and moves the running one towards ÷ (n − 1): %s', async (_, shape, scale) => {
    const { tf } = engine
    const layer = tf.layers.batchNormalization({ momentum: 0.8, epsilon: 1e-3, scale, center: scale })
    layer.build([...shape])
    const x = tf.randomNormal([...shape], 2, 3, 'float32', 5)
    const step = engine.compile('norm', [{ name: 'x', shape: x.shape, dtype: 'float32' }], (x) => [
      layer.apply(x!, { training: true }) as typeof x & object,
    ])
    const [y] = await step.run([x])
    const xs = (await engine.read(x)) as Float32Array
    const { mean, squares } = moments(xs)
    const expected = xs.map((value, i) => (value - mean[i % channels]!) / Math.sqrt(squares[i % channels]! / n + 1e-3))
    const [movingMean, movingVariance] = await Promise.all(
      layer
        .getWeights()
        .slice(-2)
        .map((weight) => engine.read(weight)),
    )
    expect(y!.shape).toEqual(shape)
    expect(largestDifference(expected, (await engine.read(y!)) as Float32Array)).toBeLessThan(1e-5)
    for (let c = 0; c < channels; c++) {
      expect(movingMean![c]).toBeCloseTo(0.2 * mean[c]!, 5)
      expect(movingVariance![c]).toBeCloseTo(0.8 + (0.2 * squares[c]!) / (n - 1), 5)
    }
  })

  it('has the gradient that small differences show', () => {
    const { tf } = engine
    const layer = tf.layers.batchNormalization({ momentum: 0.8, epsilon: 1e-3 })
    layer.build([4, 2, 2, 2])
    const direction = tf.randomNormal([4, 2, 2, 2], 0, 1, 'float32', 8)
    const weighting = tf.randomNormal([4, 2, 2, 2], 0, 1, 'float32', 9)
    const x = tf.randomNormal([4, 2, 2, 2], 0, 1, 'float32', 10)
    const f = (x: typeof direction) => tf.sum(tf.mul(weighting, layer.apply(x, { training: true }) as typeof direction))
    const along = tf.sum(tf.mul(tf.grad(f)(x), direction)).dataSync()[0]!
    const h = 1e-2
    const moved = (by: number) => f(tf.add(x, tf.mul(direction, by))).dataSync()[0]!
    expect(along).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 2)
  })
})

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0)
}
