import { beforeAll, describe, expect, it } from 'vitest'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { openNative } from './native.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openNative({ threads: 1 })
})

const counted = (shape: number[], from = 0): Tensor =>
  engine.tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i % 17) / 3 - from),
    shape,
  )

/** By broadcasting in JavaScript's own numbers, rounded as float32 is. */
function sums(a: Tensor, b: Tensor): number[] {
  const [shape, values, other] = [a.shape, a.dataSync(), b.dataSync()]
  const sizes = [...new Array(shape.length - b.rank).fill(1), ...b.shape]
  return [...values].map((value, i) => {
    let [rest, at, stride] = [i, 0, 1]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const place = rest % shape[axis]!
      rest = Math.floor(rest / shape[axis]!)
      if (sizes[axis] > 1) at += place * stride
      stride *= sizes[axis]
    }
    return Math.fround(value + other[at]!)
  })
}

describe('a sum with something smaller', () => {
  it.each([[[4]], [[1, 1, 1, 4]], [[1, 4]], [[4, 4]], [[4, 1]], [[1]], [[3, 1, 1, 4]]])(
    'of images [3, 4, 4, 4] and %j goes along the axes it has, channels last, run at once and in a step',
    async (shape) => {
      const { tf } = engine
      const [images, smaller] = [counted([3, 4, 4, 4], 2), counted(shape)]
      const step = engine.compile('sum', [], () => [tf.add(images, smaller)])
      const [traced] = await step.run([])
      expect([...(await engine.read(traced!))]).toEqual(sums(images, smaller))
      expect([...(await engine.read(tf.add(images, smaller)))]).toEqual(sums(images, smaller))
    },
  )

  it('is one of integers where they are integers', async () => {
    const { tf } = engine
    const sum = tf.add(tf.ones([1, 1, 2, 2], 'int32'), tf.tensor1d([1, 2], 'int32'))
    expect([sum.dtype, ...(await engine.read(sum))]).toEqual(['int32', 2, 3, 2, 3])
  })
})

describe('the gradient of a ReLU', () => {
  it('passes where the input is positive, and nowhere else, not at 0 either', async () => {
    const { tf } = engine
    const x = tf.tensor1d([-1, -0, 0, 1e-30, 3, Number.POSITIVE_INFINITY])
    const gradient = tf.grad((x) => tf.mul(tf.relu(x), tf.tensor1d([1, 2, 3, 4, 5, 6])))(x)
    expect([...(await engine.read(gradient))]).toEqual([0, 0, 0, 4, 5, 6])
  })

  it('needs the output alone: the input is not kept for it', () => {
    const { inputsToSave, outputsToSave } = engine.tf.getGradient('Relu')
    expect({ inputsToSave, outputsToSave }).toEqual({ inputsToSave: [], outputsToSave: [true] })
  })
})
