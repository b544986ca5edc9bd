/** Operations that move values, repeat them or put constants beside them. */
import type { Tensor3D, Tensor4D } from '@tensorflow/tfjs'
import type { Tensor } from '../../../../stdlib/engine.ts'
import type { Case } from './case.ts'

export const layout: readonly Case[] = [
  {
    name: 'Reshape',
    kernels: ['Reshape'],
    draw(draw) {
      const [a, b, c] = draw.shape(3) as [number, number, number]
      const to = draw.pick([[a * b, c], [c, b, a], [-1]])
      return { inputs: [draw.floats([a, b, c])], op: (tf, x: Tensor) => tf.reshape(x, to) }
    },
  },
  {
    name: 'ExpandDims',
    kernels: ['ExpandDims'],
    draw(draw) {
      const shape = draw.shape(draw.int(1, 3))
      const axis = draw.int(0, shape.length)
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor) => tf.expandDims(x, axis) }
    },
  },
  {
    name: 'Transpose',
    kernels: ['Transpose'],
    draw(draw) {
      const shape = draw.shape(draw.int(2, 5))
      const order = draw.order(shape.length)
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor) => tf.transpose(x, order) }
    },
  },
  {
    name: 'Slice',
    kernels: ['Slice'],
    draw(draw) {
      const shape = draw.shape(draw.int(1, 4))
      const begin = shape.map((n) => draw.int(0, n - 1))
      const size = shape.map((n, i) => draw.pick([-1, draw.int(1, n - begin[i]!)]))
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor) => tf.slice(x, begin, size) }
    },
  },
  {
    name: 'StridedSlice',
    kernels: ['StridedSlice'],
    gradient: 'tfjs has none',
    draw(draw) {
      const shape = draw.shape(2, 3, 6)
      const begin = shape.map(() => draw.int(0, 1))
      const strides = shape.map(() => draw.int(1, 2))
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor) => tf.stridedSlice(x, begin, shape, strides) }
    },
  },
  {
    name: 'Concat',
    kernels: ['Concat'],
    draw(draw) {
      const shape = draw.shape(3)
      const axis = draw.int(0, 2)
      const inputs = Array.from({ length: draw.int(2, 4) }, () => draw.floats(shape.map((n, i) => (i === axis ? draw.int(1, 3) : n))))
      return { inputs, op: (tf, ...xs: Tensor[]) => tf.concat(xs, axis) }
    },
  },
  {
    name: 'SplitV',
    kernels: ['SplitV'],
    draw(draw) {
      const parts = draw.shape(draw.int(2, 3))
      const axis = draw.int(0, 2)
      const shape = draw.shape(3).map((n, i) => (i === axis ? parts.reduce((sum, part) => sum + part) : n))
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor) => tf.split(x, parts, axis) }
    },
  },
  {
    name: 'Pack',
    kernels: ['Pack'],
    draw(draw) {
      const shape = draw.shape(2)
      const axis = draw.int(0, 2)
      const inputs = Array.from({ length: draw.int(2, 3) }, () => draw.floats(shape))
      return { inputs, op: (tf, ...xs: Tensor[]) => tf.stack(xs, axis) }
    },
  },
  {
    name: 'Unpack',
    kernels: ['Unpack'],
    draw(draw) {
      const shape = draw.shape(3, 2, 3)
      const axis = draw.int(0, 2)
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor) => tf.unstack(x, axis) }
    },
  },
  {
    name: 'Tile',
    kernels: ['Tile'],
    draw(draw) {
      const shape = draw.shape(draw.int(1, 4), 1, 3)
      const times = shape.map(() => draw.int(1, 3))
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor) => tf.tile(x, times) }
    },
  },
  {
    name: 'Reverse',
    kernels: ['Reverse'],
    draw(draw) {
      const shape = draw.shape(3)
      const axes = draw.pick([[0], [2], [0, 1], [0, 1, 2]])
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor) => tf.reverse(x, axes) }
    },
  },
  {
    name: 'PadV2',
    kernels: ['PadV2'],
    draw(draw) {
      const shape = draw.shape(draw.int(1, 4))
      const pads = shape.map((): [number, number] => [draw.int(0, 2), draw.int(0, 2)])
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor) => tf.pad(x, pads, 0.5) }
    },
  },
  {
    name: 'MirrorPad',
    kernels: ['MirrorPad'],
    draw(draw) {
      const shape = draw.shape(3, 3, 4)
      const pads = shape.map((): [number, number] => [draw.int(0, 2), draw.int(0, 2)])
      const mode = draw.pick(['reflect', 'symmetric'] as const)
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor3D) => tf.mirrorPad(x, pads, mode) }
    },
  },
  {
    name: 'SpaceToBatchND',
    kernels: ['SpaceToBatchND'],
    draw(draw) {
      const shape = [draw.int(1, 2), 4, 6, draw.int(1, 3)]
      const pads = [
        draw.pick([
          [0, 0],
          [1, 1],
        ]),
        draw.pick([
          [0, 0],
          [0, 2],
        ]),
      ] // prettier-ignore
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor4D) => tf.spaceToBatchND(x, [2, 2], pads) }
    },
  },
  {
    name: 'BatchToSpaceND',
    kernels: ['BatchToSpaceND'],
    draw(draw) {
      const shape = [4 * draw.int(1, 2), 2, 3, draw.int(1, 3)]
      const crops = [
        draw.pick([
          [0, 0],
          [1, 0],
        ]),
        draw.pick([
          [0, 0],
          [0, 2],
        ]),
      ] // prettier-ignore
      return { inputs: [draw.floats(shape)], op: (tf, x: Tensor4D) => tf.batchToSpaceND(x, [2, 2], crops) }
    },
  },
  {
    name: 'DepthToSpace',
    kernels: ['DepthToSpace'],
    gradient: 'tfjs has none',
    draw: (draw) => ({
      inputs: [draw.floats([draw.int(1, 2), 2, 3, 4 * draw.int(1, 2)])],
      op: (tf, x: Tensor4D) => tf.depthToSpace(x, 2),
    }),
  },
  {
    name: 'BroadcastArgs',
    kernels: ['BroadcastArgs'],
    gradient: 'its result is a shape',
    draw: () => ({
      inputs: [
        { shape: [3], dtype: 'int32', values: Int32Array.of(2, 1, 3) },
        { shape: [2], dtype: 'int32', values: Int32Array.of(4, 1) },
      ],
      op: (tf, a: Tensor, b: Tensor) => tf.broadcastArgs(a, b),
    }),
  },
  {
    name: 'broadcastTo',
    kernels: [],
    draw(draw) {
      const shape = draw.shape(3)
      return { inputs: [draw.floats(draw.narrower(shape))], op: (tf, x: Tensor) => tf.broadcastTo(x, shape) }
    },
  },
  {
    name: 'Diag',
    kernels: ['Diag'],
    gradient: 'tfjs has none',
    draw: (draw) => ({ inputs: [draw.floats(draw.shape(draw.int(1, 2)))], op: (tf, x: Tensor) => tf.diag(x) }),
  },
  {
    name: 'Fill, LinSpace and Range',
    kernels: ['Fill', 'LinSpace', 'Range'],
    gradient: 'they take no tensor',
    draw(draw) {
      const shape = draw.shape(draw.int(1, 4))
      const [from, count] = [draw.int(-5, 5), draw.int(1, 9)]
      return {
        inputs: [],
        op: (tf) => [tf.fill(shape, from), tf.linspace(from, from + 3, count), tf.range(from, from + count), tf.range(9, 0, -2, 'int32')],
      }
    },
  },
]
