/** What tfjs-node's kernels do not do, on the native engine: traps for whoever writes a model or a layer. */
import type { Tensor4D } from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Engine, Tensor } from '../../../../stdlib/engine.ts'
import { openNative } from '../native.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openNative({ threads: 1 })
})

describe('tfjs-node 4.22', () => {
  it.each(['MaxPoolWithArgmax', 'DenseBincount', 'RotateWithOffset', 'SearchSorted', 'Transform'])('has no %s', (kernel) => {
    expect(engine.tf.getKernel(kernel, 'tensorflow')).toBeUndefined()
  })

  it('refuses a pad given as a number: tf.pad and valid take its place', () => {
    const { tf } = engine
    const [x, filter] = [tf.ones([1, 4, 4, 1]) as Tensor4D, tf.ones([3, 3, 1, 1]) as Tensor4D]
    expect(() => tf.conv2d(x, filter, 1, 1, 'NHWC', 1, 'floor')).toThrow(/padding|pad/i)
    expect(() => tf.maxPool(x, 2, 1, 1, 'floor')).toThrow(/padding|pad/i)
    const around: [number, number][] = [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]
    expect(tf.conv2d(tf.pad(x, around) as Tensor4D, filter, 1, 'valid').shape).toEqual([1, 4, 4, 1])
  })

  it('pads a convolution of stride 2 at the end alone, where PyTorch pads both sides', () => {
    const { tf } = engine
    const x = tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1])
    const y = tf.conv2d(x, tf.tensor4d([1, 10, 100], [1, 3, 1, 1]), [1, 2], 'same')
    expect([...y.dataSync()]).toEqual([321, 43]) // PyTorch, with a pad of 1: 210, 432
  })

  it('wraps a size beyond 32 bits', () => {
    expect(engine.tf.fill([2 ** 32 + 5], 1).shape).not.toEqual([2 ** 32 + 5])
  })

  it('reads indices that a trace does not have: ours gathers in a step', async () => {
    const { tf } = engine
    const specs = [{ name: 'indices', shape: [2], dtype: 'int32' }] as const
    const table = tf.tensor1d([10, 20, 30])
    const step = engine.compile('gather', specs, (at) => [tf.gather(table, at as never) as Tensor])
    const [out] = await step.run([tf.tensor1d([2, 0], 'int32')])
    expect([...(await engine.read(out!))]).toEqual([30, 10])
  })
})
