/** Convolutions with their gradients, plain, depthwise, in three dimensions, transposed, dilated, fused. */
import type { Tensor1D, Tensor3D, Tensor4D, Tensor5D } from '@tensorflow/tfjs'
import type { Case } from './case.ts'
import type { Draw } from './draw.ts'

const paddings = ['same', 'valid'] as const

/** Height and width of an image, of a window that fits into it, and its strides. */
function geometry(draw: Draw) {
  const kernel = [draw.int(1, 4), draw.int(1, 4)] as const
  const strides: [number, number] = [draw.int(1, 3), draw.int(1, 3)]
  const image = kernel.map((n) => n + draw.int(0, 4))
  return { batch: draw.int(1, 3), image, kernel, strides, pad: draw.pick(paddings) }
}

const sums = { tolerance: 5e-6, slopeTolerance: 3e-3 } as const
const inTraining = 'tfjs fuses outside of gradients only'

export const convolution: readonly Case[] = [
  {
    name: 'Conv2D',
    kernels: ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'],
    ...sums,
    draw(draw) {
      const { batch, image, kernel, strides, pad } = geometry(draw)
      const [from, to] = draw.shape(2)
      return {
        inputs: [draw.floats([batch, ...image, from!]), draw.floats([...kernel, from!, to!])],
        op: (tf, x: Tensor4D, filter: Tensor4D) => tf.conv2d(x, filter, strides, pad),
      }
    },
  },
  {
    name: 'Conv2D, dilated',
    kernels: ['Conv2D'],
    gradient: 'tfjs has none for dilated convolutions: see upstream.test.ts',
    ...sums,
    draw(draw) {
      const [from, to] = draw.shape(2)
      return {
        inputs: [draw.floats([2, 7, 8, from!]), draw.floats([3, 2, from!, to!])],
        op: (tf, x: Tensor4D, filter: Tensor4D) => tf.conv2d(x, filter, 1, 'same', 'NHWC', [2, 3]),
      }
    },
  },
  {
    name: 'conv1d',
    kernels: ['Conv2D'],
    ...sums,
    draw(draw) {
      const [from, to] = draw.shape(2)
      const pad = draw.pick(paddings)
      return {
        inputs: [draw.floats([2, draw.int(4, 7), from!]), draw.floats([3, from!, to!])],
        op: (tf, x: Tensor3D, filter: Tensor3D) => tf.conv1d(x, filter, 1, pad),
      }
    },
  },
  {
    name: 'conv2dTranspose',
    kernels: ['Conv2DBackpropInput'],
    ...sums,
    draw(draw) {
      const [from, to] = draw.shape(2)
      const [height, width, stride] = draw.shape(3, 1, 3) as [number, number, number]
      return {
        inputs: [draw.floats([2, height, width, from!]), draw.floats([3, 3, to!, from!])],
        op: (tf, x: Tensor4D, filter: Tensor4D) => tf.conv2dTranspose(x, filter, [2, height * stride, width * stride, to!], stride, 'same'),
      }
    },
  },
  {
    name: 'DepthwiseConv2dNative',
    kernels: ['DepthwiseConv2dNative', 'DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'],
    ...sums,
    draw(draw) {
      const { batch, image, kernel, strides, pad } = geometry(draw)
      const [channels, multiplier] = draw.shape(2)
      // TensorFlow has depthwise convolutions of equal strides only.
      const stride = strides[0]
      return {
        inputs: [draw.floats([batch, ...image, channels!]), draw.floats([...kernel, channels!, multiplier!])],
        op: (tf, x: Tensor4D, filter: Tensor4D) => tf.depthwiseConv2d(x, filter, stride, pad),
      }
    },
  },
  {
    name: 'separableConv2d',
    kernels: ['DepthwiseConv2dNative', 'Conv2D'],
    ...sums,
    draw(draw) {
      const [from, to] = draw.shape(2)
      return {
        inputs: [draw.floats([2, 5, 6, from!]), draw.floats([3, 3, from!, 1]), draw.floats([1, 1, from!, to!])],
        op: (tf, x: Tensor4D, depthwise: Tensor4D, pointwise: Tensor4D) => tf.separableConv2d(x, depthwise, pointwise, 1, 'same'),
      }
    },
  },
  {
    name: 'Conv3D',
    kernels: ['Conv3D', 'Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2'],
    ...sums,
    gradientNotPortable: 'the backend gets it wrong: see upstream.test.ts',
    draw(draw) {
      const [from, to] = draw.shape(2, 1, 2)
      const [stride, pad] = [draw.int(1, 2), draw.pick(paddings)]
      return {
        inputs: [draw.floats([draw.int(1, 2), 3, 4, 3, from!]), draw.floats([2, 2, 3, from!, to!])],
        op: (tf, x: Tensor5D, filter: Tensor5D) => tf.conv3d(x, filter, stride, pad),
      }
    },
  },
  {
    name: 'Dilation2D',
    kernels: ['Dilation2D', 'Dilation2DBackpropInput', 'Dilation2DBackpropFilter'],
    draw(draw) {
      const channels = draw.int(1, 2)
      const stride = draw.int(1, 2)
      // No two sums of a value and a weight are near each other.
      const weights = {
        shape: [2, 2, channels],
        dtype: 'float32',
        values: draw.distinct([2, 2, channels]).values.map((value) => value * 40),
      } as const
      return {
        inputs: [draw.distinct([1, 4, 5, channels]), weights],
        op: (tf, x: Tensor4D, filter: Tensor3D) => tf.dilation2d(x, filter, stride, 'valid'),
      }
    },
  },
  {
    name: 'FusedConv2D',
    kernels: ['FusedConv2D'],
    gradient: inTraining,
    ...sums,
    draw(draw) {
      const { batch, image, kernel, strides, pad } = geometry(draw)
      const [from, to] = draw.shape(2)
      const activation = draw.pick(['linear', 'relu', 'relu6', 'elu', 'sigmoid'] as const)
      return {
        inputs: [draw.floats([batch, ...image, from!]), draw.floats([...kernel, from!, to!]), draw.floats([to!])],
        op: (tf, x: Tensor4D, filter: Tensor4D, bias: Tensor1D) => tf.fused.conv2d({ x, filter, strides, pad, bias, activation }),
      }
    },
  },
  {
    name: 'FusedDepthwiseConv2D',
    kernels: ['FusedDepthwiseConv2D'],
    gradient: inTraining,
    ...sums,
    draw(draw) {
      const { batch, image, kernel, strides, pad } = geometry(draw)
      const channels = draw.int(1, 4)
      const activation = draw.pick(['linear', 'relu', 'relu6', 'elu'] as const)
      return {
        inputs: [draw.floats([batch, ...image, channels]), draw.floats([...kernel, channels, 1]), draw.floats([channels])],
        op: (tf, x: Tensor4D, filter: Tensor4D, bias: Tensor1D) =>
          tf.fused.depthwiseConv2d({ x, filter, strides: strides[0], pad, bias, activation }),
      }
    },
  },
]
