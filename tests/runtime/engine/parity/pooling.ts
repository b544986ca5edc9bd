/** Pooling with its gradients, and normalisation. */
import type { Tensor1D, Tensor4D, Tensor5D } from '@tensorflow/tfjs'
import type { Case } from './case.ts'

const paddings = ['same', 'valid'] as const
const images = [
  ['MaxPool', 'maxPool'],
  ['AvgPool', 'avgPool'],
] as const
const volumes = [
  ['MaxPool3D', 'maxPool3d'],
  ['AvgPool3D', 'avgPool3d'],
] as const

export const pooling: readonly Case[] = [
  ...images.map(
    ([kernel, name]): Case => ({
      name: kernel,
      kernels: [kernel, `${kernel}Grad`],
      draw(draw) {
        const window: [number, number] = [draw.int(1, 3), draw.int(1, 3)]
        const strides: [number, number] = [draw.int(1, 3), draw.int(1, 3)]
        const pad = draw.pick(paddings)
        const shape = [draw.int(1, 2), window[0] + draw.int(0, 3), window[1] + draw.int(0, 3), draw.int(1, 3)]
        // Below zero the backend of the portable engine would lose the gradient of a maximum.
        return { inputs: [draw.distinct(shape, draw.pick([0, -5]))], op: (tf, x: Tensor4D) => tf[name](x, window, strides, pad) }
      },
    }),
  ),
  ...volumes.map(
    ([kernel, name]): Case => ({
      name: kernel,
      kernels: [kernel, `${kernel}Grad`],
      ...(kernel === 'AvgPool3D'
        ? { gradientNotPortable: 'the backend divides by the whole window at borders' }
        : { notPortable: 'the backend finds no maximum below zero: see upstream.test.ts' }),
      draw(draw) {
        const [stride, pad] = [draw.int(1, 2), draw.pick(paddings)]
        return { inputs: [draw.distinct([1, 3, 4, 3, draw.int(1, 2)])], op: (tf, x: Tensor5D) => tf[name](x, 2, stride, pad) }
      },
    }),
  ),
  {
    name: 'LRN',
    kernels: ['LRN', 'LRNGrad'],
    tolerance: 1e-5,
    draw(draw) {
      const [radius, bias] = [draw.int(1, 3), draw.int(1, 2)]
      return {
        inputs: [draw.floats([draw.int(1, 2), 2, 3, draw.int(3, 6)])],
        op: (tf, x: Tensor4D) => tf.localResponseNormalization(x, radius, bias, 0.5, 0.75),
      }
    },
  },
  {
    name: 'FusedBatchNorm',
    kernels: ['FusedBatchNorm'],
    tolerance: 1e-5,
    draw(draw) {
      const channels = draw.int(1, 4)
      const each = (from: number, to: number) => draw.floats([channels], { from, to })
      return {
        inputs: [draw.floats([...draw.shape(3), channels]), each(-1, 1), each(0.5, 2), each(-1, 1), each(0.5, 2)],
        op: (tf, x: Tensor4D, mean: Tensor1D, variance: Tensor1D, beta: Tensor1D, gamma: Tensor1D) =>
          tf.batchNorm(x, mean, variance, beta, gamma, 1e-3),
      }
    },
  },
]
