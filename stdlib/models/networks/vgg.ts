/**
 * VGG (Simonyan & Zisserman, 2015) for CIFAR with batch norm, in the two variants that Liu et al. (2019) prune: with one linear layer
 * (unstructured pruning; also in open_lth), and with a hidden layer as in Li et al. (2017) (filter pruning by L1 norm).
 */
import { oneOf, optionsOf } from '../../../dsl/check/checks.ts'
import type { Model } from '../../../dsl/index.ts'
import { type ClassesOption, cifarImages, classesIn, type ModelBuilder, type NormedNet, normedNet, shapeIn } from '../blocks/description.ts'
import { heFanOut, pieces } from '../blocks/pieces.ts'

/** Depths of `vgg()`. */
export type VggDepth = 11 | 13 | 16 | 19

/** Channels and number of the convolutions in each group; there is pooling between the groups. */
const channels = [64, 128, 256, 512, 512] as const
const counts: { readonly [D in VggDepth]: readonly number[] } = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
}
const groupsOf = (depth: VggDepth): readonly (readonly number[])[] =>
  channels.map((width, g) => new Array<number>(counts[depth][g]!).fill(width))

/** The facts about `vgg()`: its depth, classes and classifier. Layers `conv1`, …, `out`, and `fc1` with a hidden classifier. */
export interface Vgg<D extends VggDepth = VggDepth, C extends number = 10, H extends Classifier = Classifier>
  extends NormedNet<{ readonly [L in `conv${Convolutions[D]}`]: number } & Hidden[H], C> {}

type Classifier = 'linear' | 'hidden'

interface Hidden {
  linear: unknown
  hidden: { readonly fc1: 512 }
}

export interface VggOptions<C extends number, H extends Classifier> extends ClassesOption<C> {
  /**
   * `'linear'` (default): as in the code of Liu et al. for unstructured pruning. `'hidden'`: as in their code for filter pruning by L1
   * norm, after Li et al.: a layer `fc1` of 512 units with batch norm and ReLU before the output, convolutions without biases, batch norm
   * scales initialised to 0.5.
   */
  readonly classifier?: H
}

interface Convolutions {
  11: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8
  13: Convolutions[11] | 9 | 10
  16: Convolutions[13] | 11 | 12 | 13
  19: Convolutions[16] | 14 | 15 | 16
}

/**
 * 3×3 convolutions `conv1`, `conv2`, … with biases, each with batch norm and ReLU; 2 × 2 max pooling after the first four groups, average
 * pooling after the fifth, and a linear layer: 9,231,114, 9,416,010, 14,728,266 and 20,040,522 parameters at depth 11, 13, 16 and 19; with
 * the hidden layer 14,987,722 at depth 16. Images of 16 × 16 or more. Kernels He-normal (fan-out), linear layers N(0, 0.01²).
 */
export const vgg = <const D extends VggDepth, const C extends number = 10, const H extends Classifier = 'linear'>(
  depth: D,
  options?: VggOptions<C, H>,
): Model<Vgg<D, C, H>> => {
  const verb = 'vgg()'
  const { classifier: given, ...others } = optionsOf(verb, options, ['classes', 'classifier'])
  const classes = classesIn<C>(verb, others as ClassesOption<C>) // which checks them itself
  const widths = groupsOf(oneOf(verb, 'depth', depth, [11, 13, 16, 19])).flat()
  const hidden = oneOf(verb, 'classifier', given ?? 'linear', ['linear', 'hidden']) === 'hidden'
  const layers = [...widths.map((width, i) => [`conv${i + 1}`, width] as const), ...(hidden ? [['fc1', 512] as const] : [])]
  return normedNet<Vgg<D, C, H>>('vgg', { depth, ...(hidden ? { classifier: 'hidden' } : {}) }, layers, classes, cifarImages)
}

/** input [batch, height, width, channels] → logits [batch, classes] */
export const buildVgg: ModelBuilder = (tf, options) => {
  const { input, classes } = shapeIn(options, cifarImages)
  const hidden = options.classifier === 'hidden'
  const { convolution, norm, relu, pool, dense, average } = pieces(tf, heFanOut(tf), hidden ? { scale: 0.5 } : {})
  const images = tf.input({ shape: input })
  let x = images
  let layer = 0
  for (const [g, widths] of groupsOf(options.depth as VggDepth).entries()) {
    if (g > 0) x = pool(x, `pool${g}`)
    for (const width of widths) {
      layer++
      x = relu(norm(convolution(x, `conv${layer}`, width, { bias: !hidden }), `bn${layer}`), `relu${layer}`)
    }
  }
  const linear = tf.initializers.randomNormal({ mean: 0, stddev: 0.01 })
  x = average(x)
  if (hidden) x = relu(norm(dense(x, 'fc1', 512, linear), `bn${layer + 1}`), `relu${layer + 1}`)
  return tf.model({ inputs: images, outputs: dense(x, 'out', classes, linear) })
}
