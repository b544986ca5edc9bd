/** Operations that take values from where indices say, or put them there. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs'
import type { Tensor } from '../../../../stdlib/engine.ts'
import type { Case } from './case.ts'
import type { Draw, Given } from './draw.ts'

/** Rows of `shape` numbered by two indices each, none twice. */
function places(draw: Draw, count: number, [rows, columns]: readonly [number, number]): Given {
  const chosen = draw.order(rows * columns).slice(0, count)
  const values = Int32Array.from(chosen.flatMap((place) => [Math.floor(place / columns), place % columns]))
  return { shape: [count, 2], dtype: 'int32', values }
}

export const indexing: readonly Case[] = [
  {
    name: 'GatherV2',
    kernels: ['GatherV2', 'UnsortedSegmentSum'],
    draw(draw) {
      const shape = draw.shape(draw.int(1, 4))
      const axis = draw.int(0, shape.length - 1)
      return {
        inputs: [draw.floats(shape), draw.ints([draw.int(1, 5)], 0, shape[axis]! - 1)],
        op: (tf, x: Tensor, indices: Tensor1D) => tf.gather(x, indices, axis),
      }
    },
  },
  {
    name: 'GatherNd',
    kernels: ['GatherNd'],
    gradient: 'tfjs has none',
    draw(draw) {
      const [rows, columns] = [draw.int(2, 4), draw.int(2, 4)]
      return {
        inputs: [draw.floats([rows, columns, draw.int(1, 3)]), places(draw, 3, [rows, columns])],
        op: (tf, x: Tensor, at: Tensor) => tf.gatherND(x, at),
      }
    },
  },
  {
    name: 'ScatterNd',
    kernels: ['ScatterNd'],
    gradient: 'tfjs has none',
    draw(draw) {
      const shape: [number, number, number] = [draw.int(2, 4), draw.int(2, 4), draw.int(1, 3)]
      return {
        inputs: [places(draw, 3, [shape[0], shape[1]]), draw.floats([3, shape[2]])],
        op: (tf, at: Tensor, values: Tensor) => tf.scatterND(at, values, shape),
      }
    },
  },
  {
    name: 'TensorScatterUpdate',
    kernels: ['TensorScatterUpdate'],
    gradient: 'tfjs has none',
    draw(draw) {
      const shape: [number, number, number] = [draw.int(2, 4), draw.int(2, 4), draw.int(1, 3)]
      return {
        inputs: [draw.floats(shape), places(draw, 3, [shape[0], shape[1]]), draw.floats([3, shape[2]])],
        op: (tf, x: Tensor, at: Tensor, values: Tensor) => tf.tensorScatterUpdate(x, at, values),
      }
    },
  },
  {
    name: 'SparseToDense',
    kernels: ['SparseToDense'],
    gradient: 'tfjs has none',
    draw(draw) {
      const shape: [number, number] = [draw.int(2, 4), draw.int(2, 4)]
      const order = draw.order(shape[0] * shape[1]).slice(0, 3)
      const sorted = order.sort((a, b) => a - b).flatMap((place) => [Math.floor(place / shape[1]), place % shape[1]])
      return {
        inputs: [{ shape: [3, 2], dtype: 'int32', values: Int32Array.from(sorted) }, draw.floats([3])],
        op: (tf, at: Tensor2D, values: Tensor1D) => tf.sparseToDense(at, values, shape, 0.5),
      }
    },
  },
  {
    name: 'OneHot',
    kernels: ['OneHot'],
    gradient: 'what goes in is an index',
    draw(draw) {
      const depth = draw.int(2, 5)
      return { inputs: [draw.ints([draw.int(1, 6)], 0, depth)], op: (tf, x: Tensor1D) => tf.oneHot(x, depth, 0.9, 0.1) }
    },
  },
]
