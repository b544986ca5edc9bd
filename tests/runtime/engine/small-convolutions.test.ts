import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { Backend } from '../../../runtime/engine/tensorflow/backend.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { openNative } from './native.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openNative({ threads: 2 })
})

/** From the definition, in double precision: stride 1, zeros around. Results of a convolution and of its two gradients. */
function expected(
  x: Float32Array,
  k: Float32Array,
  dy: Float32Array,
  [batch, height, width]: readonly number[],
  channels: number,
  filters: number,
) {
  const y = new Float64Array(dy.length)
  const dx = new Float64Array(x.length)
  const dk = new Float64Array(k.length)
  for (let b = 0; b < batch!; b++)
    for (let i = 0; i < height!; i++)
      for (let j = 0; j < width!; j++)
        for (let u = 0; u < 3; u++)
          for (let v = 0; v < 3; v++) {
            const [r, s] = [i + u - 1, j + v - 1]
            if (r < 0 || s < 0 || r >= height! || s >= width!) continue
            const to = ((b * height! + i) * width! + j) * filters
            const from = ((b * height! + r) * width! + s) * channels
            for (let c = 0; c < channels; c++)
              for (let f = 0; f < filters; f++) {
                const at = ((u * 3 + v) * channels + c) * filters + f
                y[to + f]! += x[from + c]! * k[at]!
                dx[from + c]! += dy[to + f]! * k[at]!
                dk[at]! += x[from + c]! * dy[to + f]!
              }
          }
  return { y, dx, dk }
}

function computed(shape: readonly [number, number, number, number], filters: number) {
  const { tf } = engine
  const channels = shape[3]
  const x = tf.randomNormal([...shape], 0, 1, 'float32', 1) as never
  const k = tf.randomNormal([3, 3, channels, filters], 0, 1, 'float32', 2) as never
  const dy = tf.randomNormal([...shape.slice(0, 3), filters], 0, 1, 'float32', 3) as never
  const conv = (x: never, k: never) => tf.conv2d(x, k, 1, 'same') as Tensor
  const [dx, dk] = tf.grads(conv as never)([x, k], dy)
  return { x, k, dy, y: conv(x, k), dx: dx!, dk: dk! }
}

describe('a convolution of few pixels with a large kernel', () => {
  it.each([
    [[3, 2, 2, 256], 256],
    [[2, 1, 3, 300], 200],
    [[2, 4, 1, 256], 260],
    [[3, 1, 1, 256], 256],
  ] as const)('comes to what it is defined as, with its gradients: %j, %d filters', (shape, filters) => {
    const { x, k, dy, ...results } = computed(shape, filters)
    const [xs, ks, dys] = [x, k, dy].map((tensor) => (tensor as Tensor).dataSync() as Float32Array)
    const should = expected(xs!, ks!, dys!, shape, shape[3], filters)
    for (const name of ['y', 'dx', 'dk'] as const) {
      const values = results[name].dataSync()
      expect(values.length).toBe(should[name].length)
      const worst = should[name].reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0)
      expect(worst, name).toBeLessThan(2e-4)
    }
    expect(results.y.shape).toEqual([...shape.slice(0, 3), filters])
    expect(results.dx.shape).toEqual(shape)
    expect(results.dk.shape).toEqual([3, 3, shape[3], filters])
  })

  /** Names of the operations that ran. */
  function operations(work: () => unknown): Set<string> {
    const { binding } = engine.tf.backend() as unknown as Backend
    const spy = vi.spyOn(binding, 'executeOp')
    try {
      engine.tf.tidy(() => {
        work()
      })
      return new Set(spy.mock.calls.map(([op]) => op).filter((op) => /^Conv2D|MatMul/.test(op)))
    } finally {
      spy.mockRestore()
    }
  }
  const all = new Set(['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'])

  it('is a product of matrices; with more pixels, a small kernel, or one pixel, it is not', () => {
    expect(operations(() => computed([2, 2, 2, 256], 256))).toEqual(new Set(['MatMul']))
    expect(operations(() => computed([2, 1, 1, 256], 256))).toEqual(new Set(['Conv2D', 'Conv2DBackpropInput', 'MatMul']))
    expect(operations(() => computed([2, 3, 2, 256], 256))).toEqual(all)
    expect(operations(() => computed([2, 2, 2, 128], 256))).toEqual(all)
  })

  it('of another stride, padding, dilation or size it is not', () => {
    const { tf } = engine
    const run = (size: number, stride: number, pad: 'same' | 'valid', dilation = 1) =>
      operations(() => tf.conv2d(tf.ones([2, 2, 2, 512]) as never, tf.ones([size, size, 512, 512]) as never, stride, pad, 'NHWC', dilation))
    expect(run(3, 1, 'same')).toEqual(new Set(['MatMul']))
    for (const other of [run(3, 2, 'same'), run(1, 1, 'valid'), run(5, 1, 'same'), run(3, 1, 'same', 2)])
      expect(other).toEqual(new Set(['Conv2D']))
  })

  it('gives the same bits in a step as operation by operation, and leaves nothing behind', async () => {
    const { tf } = engine
    const { x, k, y } = computed([3, 2, 2, 256], 256)
    const step = engine.compile(
      'conv',
      [
        { name: 'x', shape: [3, 2, 2, 256], dtype: 'float32' },
        { name: 'k', shape: [3, 3, 256, 256], dtype: 'float32' },
      ],
      (x, k) => [tf.conv2d(x as never, k as never, 1, 'same') as Tensor],
    )
    const before = tf.memory().numTensors
    const [output] = await step.run([x, k])
    expect(await engine.read(output!)).toEqual(await engine.read(y))
    output!.dispose()
    ;(tf.conv2d(x, k, 1, 'same') as Tensor).dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})
