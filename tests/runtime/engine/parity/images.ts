/** Images: resizing, cutting, turning, and boxes in them. */
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs'
import type { Tensor, Tf } from '../../../../stdlib/engine.ts'
import type { Case } from './case.ts'
import type { Draw } from './draw.ts'

const resize = (kernel: string, name: 'resizeBilinear' | 'resizeNearestNeighbor'): Case => ({
  name: kernel,
  kernels: [kernel, `${kernel}Grad`],
  draw(draw) {
    const to: [number, number] = [draw.int(1, 7), draw.int(1, 7)]
    const [corners, centers] = draw.pick([
      [false, false],
      [true, false],
      [false, true],
    ] as const)
    return {
      inputs: [draw.floats([draw.int(1, 2), draw.int(2, 4), draw.int(2, 4), draw.int(1, 3)])],
      op: (tf, x: Tensor4D) => tf.image[name](x, to, corners, centers),
    }
  },
})

type Suppress = (tf: Tf, boxes: Tensor2D, scores: Tensor1D) => Tensor[]
const suppression = (kernel: string, suppress: Suppress, untraceable: string | undefined): Case => ({
  name: kernel,
  kernels: [kernel],
  gradient: 'its result is an index',
  ...(untraceable === undefined ? {} : { untraceable }),
  draw: (draw) => ({ inputs: [boxes(draw, 6), draw.distinct([6], 2)], op: suppress }),
})

/** [boxes, (y1, x1, y2, x2)] */
function boxes(draw: Draw, count: number) {
  const values = Array.from({ length: count }, () => draw.floats([2], { from: 0, to: 0.5 }).values).flatMap(([y, x]) => [
    y!,
    x!,
    y! + 0.4,
    x! + 0.3,
  ])
  return { shape: [count, 4], dtype: 'float32', values: Float32Array.from(values) } as const
}

const byValues = 'the shape of its result depends on values'

export const images: readonly Case[] = [
  resize('ResizeBilinear', 'resizeBilinear'),
  resize('ResizeNearestNeighbor', 'resizeNearestNeighbor'),
  {
    name: 'CropAndResize',
    kernels: ['CropAndResize'],
    gradient: 'tfjs has none',
    draw(draw) {
      const method = draw.pick(['bilinear', 'nearest'] as const)
      return {
        inputs: [draw.floats([2, 5, 6, draw.int(1, 3)]), boxes(draw, 3), draw.ints([3], 0, 1)],
        op: (tf, x: Tensor4D, boxes: Tensor2D, of: Tensor1D) => tf.image.cropAndResize(x, boxes, of, [3, 2], method, 0.25),
      }
    },
  },
  {
    name: 'FlipLeftRight',
    kernels: ['FlipLeftRight'],
    gradient: 'tfjs has none',
    draw: (draw) => ({ inputs: [draw.floats(draw.shape(4))], op: (tf, x: Tensor4D) => tf.image.flipLeftRight(x) }),
  },
  suppression('NonMaxSuppressionV3', (tf, boxes, scores) => [tf.image.nonMaxSuppression(boxes, scores, 4, 0.3)], byValues),
  suppression(
    'NonMaxSuppressionV4',
    (tf, boxes, scores) => {
      const { selectedIndices, validOutputs } = tf.image.nonMaxSuppressionPadded(boxes, scores, 4, 0.3, 0, true)
      return [selectedIndices!, validOutputs!]
    },
    undefined,
  ),
  suppression(
    'NonMaxSuppressionV5',
    (tf, boxes, scores) => {
      const { selectedIndices, selectedScores } = tf.image.nonMaxSuppressionWithScore(boxes, scores, 4, 0.3, 0, 0)
      return [selectedIndices!, selectedScores!]
    },
    byValues,
  ),
]
