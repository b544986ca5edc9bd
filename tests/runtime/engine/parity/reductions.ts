/** Sums and their kin over some axes, running ones, and what looks for the largest. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs'
import type { Tensor, Tf } from '../../../../stdlib/engine.ts'
import type { Case } from './case.ts'
import type { Draw, Given } from './draw.ts'

type Over = (tf: Tf, x: Tensor, axes: number[], keepDims: boolean) => Tensor

/** Over any axes of a tensor of any rank. */
const over = (kernel: string, op: Over, values: (draw: Draw, shape: number[]) => Given, more: Partial<Case> = {}): Case => ({
  name: kernel,
  kernels: [kernel],
  draw(draw) {
    const shape = draw.shape(draw.int(1, 4))
    const axes = shape.map((_, axis) => axis).filter(() => draw.pick([true, false]))
    const keepDims = draw.pick([true, false])
    return { inputs: [values(draw, shape)], op: (tf, x) => op(tf, x, axes.length > 0 ? axes : [shape.length - 1], keepDims) }
  },
  ...more,
})

const floats = (draw: Draw, shape: number[]) => draw.floats(shape)
const distinct = (draw: Draw, shape: number[]) => draw.distinct(shape)
const bools = (draw: Draw, shape: number[]) => draw.bools(shape)
const index = 'its result is an index'
const truth = 'its result is true or false'

export const reductions: readonly Case[] = [
  over('Sum', (tf, x, axes, keep) => tf.sum(x, axes, keep), floats),
  over('Mean', (tf, x, axes, keep) => tf.mean(x, axes, keep), floats),
  over('Max', (tf, x, axes, keep) => tf.max(x, axes, keep), distinct),
  over('Min', (tf, x, axes, keep) => tf.min(x, axes, keep), distinct),
  over('All', (tf, x, axes, keep) => tf.all(x, axes, keep), bools, { gradient: truth }),
  over('Any', (tf, x, axes, keep) => tf.any(x, axes, keep), bools, { gradient: truth }),
  over('ArgMax', (tf, x, [axis]) => tf.argMax(x, axis), distinct, { gradient: index }),
  over('ArgMin', (tf, x, [axis]) => tf.argMin(x, axis), distinct, { gradient: index }),
  over(
    'Prod',
    (tf, x, axes, keep) => tf.prod(x, axes, keep),
    (draw, shape) => draw.floats(shape, { from: 0.5, to: 2 }),
  ),
  {
    name: 'Cumsum',
    kernels: ['Cumsum'],
    draw(draw) {
      const shape = draw.shape(draw.int(1, 3))
      const [axis, exclusive, reverse] = [draw.int(0, shape.length - 1), draw.pick([true, false]), draw.pick([true, false])]
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor) => tf.cumsum(x, axis, exclusive, reverse) }
    },
  },
  {
    name: 'Cumprod',
    kernels: ['Cumprod'],
    gradient: 'tfjs has none',
    draw(draw) {
      const shape = draw.shape(draw.int(1, 3))
      const [axis, exclusive, reverse] = [draw.int(0, shape.length - 1), draw.pick([true, false]), draw.pick([true, false])]
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor) => tf.cumprod(x, axis, exclusive, reverse) }
    },
  },
  {
    name: 'Softmax',
    kernels: ['Softmax'],
    draw: (draw) => ({ inputs: [draw.floats(draw.shape(draw.int(1, 3)))], op: (tf, x: Tensor) => tf.softmax(x) }),
  },
  {
    name: 'logSoftmax',
    kernels: [],
    draw: (draw) => ({ inputs: [draw.floats(draw.shape(2))], op: (tf, x: Tensor) => tf.logSoftmax(x) }),
  },
  {
    name: 'moments',
    kernels: [],
    draw(draw) {
      const shape = draw.shape(3, 2, 4)
      return {
        inputs: [draw.floats(shape)],
        op(tf, x: Tensor) {
          const { mean, variance } = tf.moments(x, [0, 2])
          return [mean, variance]
        },
      }
    },
  },
  {
    name: 'TopK',
    kernels: ['TopK'],
    gradient: 'tfjs has none',
    draw(draw) {
      const shape = [...draw.shape(draw.int(0, 2)), draw.int(3, 6)]
      const k = draw.int(1, 3)
      return {
        inputs: [draw.distinct(shape)],
        op(tf, x: Tensor) {
          const { values, indices } = tf.topk(x, k)
          return [values, indices]
        },
      }
    },
  },
  {
    name: 'Bincount',
    kernels: ['Bincount'],
    gradient: 'tfjs has none',
    draw: (draw) => ({
      inputs: [draw.ints([draw.int(1, 9)], 0, 4), draw.floats([0])],
      op: (tf, x: Tensor1D, none: Tensor1D) => tf.bincount(x, none, 5),
    }),
  },
  {
    name: 'UnsortedSegmentSum',
    kernels: ['UnsortedSegmentSum'],
    draw(draw) {
      const shape = draw.shape(draw.int(1, 3))
      const segments = draw.int(1, 4)
      return {
        inputs: [draw.floats(shape), draw.ints([shape[0]!], 0, segments - 1)],
        op: (tf, x: Tensor, ids: Tensor1D) => tf.unsortedSegmentSum(x, ids, segments),
      }
    },
  },
  {
    name: 'Unique',
    kernels: ['Unique'],
    gradient: 'tfjs has none',
    untraceable: 'the shape of its result depends on values',
    draw: (draw) => ({
      inputs: [draw.ints([draw.int(1, 9)], 0, 3)],
      op(tf, x: Tensor) {
        const { values, indices } = tf.unique(x)
        return [values, indices]
      },
    }),
  },
  {
    name: 'Multinomial, of one outcome that is certain',
    kernels: ['Multinomial'],
    gradient: 'its result is an index',
    draw(draw) {
      const [rows, outcomes] = [draw.int(1, 3), draw.int(2, 5)]
      const certain = Array.from({ length: rows }, () => draw.int(0, outcomes - 1))
      const values = Float32Array.from({ length: rows * outcomes }, (_, at) =>
        at % outcomes === certain[Math.floor(at / outcomes)] ? 0 : -1000,
      )
      return {
        inputs: [{ shape: [rows, outcomes], dtype: 'float32', values }],
        op: (tf, logits: Tensor2D) => tf.multinomial(logits, 4, 7),
      }
    },
  },
]
