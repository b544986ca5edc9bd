/** MobileNetV2 (Sandler et al., 2018) for CIFAR: inverted residuals with depthwise convolutions. */

import type { Model } from '../../../dsl/index.ts'
import { type ClassesOption, cifarImages, classesIn, type ModelBuilder, type NormedNet, normedNet, shapeIn } from '../blocks/description.ts'
import { pieces } from '../blocks/pieces.ts'

/** Layers `conv1`, `block1_depthwise`, `block1_project`, `block2_expand`, …, `conv2`, `out`. */
export interface MobileNetV2<C extends number = 10>
  extends NormedNet<
    { readonly [L in 'conv1' | 'conv2' | `block${1 | Later}_${'depthwise' | 'project'}` | `block${Later}_expand`]: number },
    C
  > {}

type Later = 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17

/**
 * The paper's table 2: the expansion factor of a group's blocks, output channels, number of blocks, and the stride of the first. For images
 * of 32 × 32 the first two strides of 2 (here, and of `conv1`) are 1.
 */
const groups = [
  [1, 16, 1, 1],
  [6, 24, 2, 1],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const
const stem = 32
const last = 1280

interface Block {
  readonly name: string
  /** Inner channels; in the first block the input channels. */
  readonly inner: number
  readonly expands: boolean
  readonly width: number
  readonly strides: 1 | 2
  /** Whether its input is added to its output. */
  readonly residual: boolean
}

function blocks(): readonly Block[] {
  const made: Block[] = []
  let reads = stem
  for (const [times, width, count, first] of groups)
    for (let i = 0; i < count; i++) {
      const strides = i === 0 ? first : 1
      const residual = strides === 1 && reads === width
      made.push({ name: `block${made.length + 1}`, inner: reads * times, expands: times > 1, width, strides, residual })
      reads = width
    }
  return made
}

/**
 * A convolution, 17 inverted residual blocks (1×1 up, 3×3 depthwise, 1×1 down without activation), a 1×1 convolution to 1,280 channels,
 * global average pooling, a linear layer; batch norm and ReLU6: 2,236,682 parameters. Strides for images of 32 × 32. He-normal kernels
 * (fan-in), classifier N(0, 0.01²).
 */
export const mobilenetV2 = <const C extends number = 10>(options?: ClassesOption<C>): Model<MobileNetV2<C>> => {
  const classes = classesIn('mobilenetV2()', options)
  const inner = blocks().flatMap(({ name, inner, expands, width }) => [
    ...(expands ? [[`${name}_expand`, inner] as const] : []),
    [`${name}_depthwise`, inner] as const,
    [`${name}_project`, width] as const,
  ])
  return normedNet<MobileNetV2<C>>('mobilenetV2', {}, [['conv1', stem], ...inner, ['conv2', last]], classes, cifarImages)
}

/** input [batch, height, width, channels] → logits [batch, classes] */
export const buildMobileNetV2: ModelBuilder = (tf, options) => {
  const { input, classes } = shapeIn(options, cifarImages)
  const { convolution, depthwise, norm, relu, add, classify } = pieces(tf, 'heNormal')
  const images = tf.input({ shape: input })
  let x = relu(norm(convolution(images, 'conv1', stem), 'bn1'), 'relu1', 6)
  for (const { name, inner, expands, width, strides, residual } of blocks()) {
    const wide = expands
      ? relu(norm(convolution(x, `${name}_expand`, inner, { kernel: 1 }), `${name}_expand_bn`), `${name}_expand_relu`, 6)
      : x
    const seen = relu(norm(depthwise(wide, `${name}_depthwise`, { strides }), `${name}_depthwise_bn`), `${name}_depthwise_relu`, 6)
    const narrow = norm(convolution(seen, `${name}_project`, width, { kernel: 1 }), `${name}_project_bn`)
    x = residual ? add(x, narrow, `${name}_add`) : narrow
  }
  const end = relu(norm(convolution(x, 'conv2', last, { kernel: 1 }), 'bn2'), 'relu2', 6)
  return tf.model({ inputs: images, outputs: classify(end, classes, tf.initializers.randomNormal({ mean: 0, stddev: 0.01 })) })
}
