/** VGG (Simonyan & Zisserman, 2015) for CIFAR, with batch norm and one linear layer, as Liu et al. (2019) and open_lth prune it. */
import { oneOf } from '../../../dsl/check/checks.ts'
import type { Model } from '../../../dsl/index.ts'
import { type ClassesOption, cifarImages, classesIn, type ModelBuilder, type NormedNet, normedNet, shapeIn } from '../blocks/description.ts'
import { heFanOut, pieces } from '../blocks/pieces.ts'

export type VggDepth = 11 | 13 | 16 | 19

/** Channels of each group's convolutions, and how many there are of them; between the groups is a pooling. */
const channels = [64, 128, 256, 512, 512] as const
const counts: { readonly [D in VggDepth]: readonly number[] } = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
}
const groupsOf = (depth: VggDepth): readonly (readonly number[])[] =>
  channels.map((width, g) => new Array<number>(counts[depth][g]!).fill(width))

export interface Vgg<D extends VggDepth = VggDepth, C extends number = 10>
  extends NormedNet<{ readonly [L in `conv${Convolutions[D]}`]: number }, C> {}

interface Convolutions {
  11: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8
  13: Convolutions[11] | 9 | 10
  16: Convolutions[13] | 11 | 12 | 13
  19: Convolutions[16] | 14 | 15 | 16
}

/**
 * 3×3 convolutions `conv1`, `conv2`, … with biases, each with batch norm and ReLU; 2 × 2 max pooling after the first four groups, the
 * mean over what is left after the fifth, and a linear layer: 9,231,114, 9,416,010, 14,728,266 and 20,040,522 parameters of depth
 * 11, 13, 16 and 19. Images of 16 × 16 or more. Kernels He-normal (fan-out), classifier N(0, 0.01²).
 */
export const vgg = <const D extends VggDepth, const C extends number = 10>(depth: D, options?: ClassesOption<C>): Model<Vgg<D, C>> => {
  const verb = 'vgg()'
  const classes = classesIn(verb, options)
  const widths = groupsOf(oneOf(verb, 'depth', depth, [11, 13, 16, 19])).flat()
  const layers = widths.map((width, i) => [`conv${i + 1}`, width] as const)
  return normedNet<Vgg<D, C>>('vgg', { depth }, layers, classes, cifarImages)
}

/** input [batch, height, width, channels] → logits [batch, classes] */
export const buildVgg: ModelBuilder = (tf, options) => {
  const { input, classes } = shapeIn(options, cifarImages)
  const { convolution, norm, relu, pool, classify } = pieces(tf, heFanOut(tf))
  const images = tf.input({ shape: input })
  let x = images
  let layer = 0
  for (const [g, widths] of groupsOf(options.depth as VggDepth).entries()) {
    if (g > 0) x = pool(x, `pool${g}`)
    for (const width of widths) {
      layer++
      x = relu(norm(convolution(x, `conv${layer}`, width, { bias: true }), `bn${layer}`), `relu${layer}`)
    }
  }
  return tf.model({ inputs: images, outputs: classify(x, classes, tf.initializers.randomNormal({ mean: 0, stddev: 0.01 })) })
}
