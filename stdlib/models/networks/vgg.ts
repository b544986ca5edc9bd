/** VGG (Simonyan & Zisserman, 2015) for CIFAR, with batch norm and one linear layer, as Liu et al. (2019) and open_lth prune it. */
import type { Json } from '../../../dsl/check/canonical.ts'
import { oneOf } from '../../../dsl/check/checks.ts'
import type { Arch, Model } from '../../../dsl/index.ts'
import type { LayersModel, Tf } from '../../engine.ts'
import { type ClassesOption, cifarImages, classesIn, described, shapeIn } from '../blocks/description.ts'
import { heFanOut, pieces } from '../blocks/pieces.ts'

export type VggDepth = 11 | 13 | 16 | 19

/** Channels of the convolutions; between the groups is a pooling. */
const groups: { readonly [D in VggDepth]: readonly (readonly number[])[] } = {
  11: [[64], [128], [256, 256], [512, 512], [512, 512]],
  13: [
    [64, 64],
    [128, 128],
    [256, 256],
    [512, 512],
    [512, 512],
  ],
  16: [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ],
  19: [
    [64, 64],
    [128, 128],
    [256, 256, 256, 256],
    [512, 512, 512, 512],
    [512, 512, 512, 512],
  ],
}

export interface Vgg<D extends VggDepth = VggDepth, C extends number = 10> extends Arch {
  readonly classes: C
  readonly layers: { readonly [L in `conv${Convolutions[D]}`]: number } & { readonly out: C }
  readonly channels: 'has channels'
  readonly norm: 'batch-norm'
  readonly features: 'feature map'
  readonly members: 1
}

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
  const widths = groups[oneOf(verb, 'depth', depth, [11, 13, 16, 19])].flat()
  const layers = { ...Object.fromEntries(widths.map((width, i) => [`conv${i + 1}`, width])), out: classes }
  const arch = { classes, layers, channels: 'has channels', norm: 'batch-norm', features: 'feature map', members: 1 } as const
  return described('vgg', { depth }, arch as unknown as Vgg<D, C>, cifarImages) // as many names as the type says
}

/** input [batch, height, width, channels] → logits [batch, classes] */
export function buildVgg(tf: Tf, options: { readonly [name: string]: Json }): LayersModel {
  const { input, classes } = shapeIn(options, cifarImages)
  const { convolution, norm, relu, pool, classify } = pieces(tf, heFanOut(tf))
  const images = tf.input({ shape: input })
  let x = images
  let layer = 0
  for (const [g, widths] of groups[options.depth as VggDepth].entries()) {
    if (g > 0) x = pool(x, `pool${g}`)
    for (const width of widths) {
      layer++
      x = relu(norm(convolution(x, `conv${layer}`, width, { bias: true }), `bn${layer}`), `relu${layer}`)
    }
  }
  return tf.model({ inputs: images, outputs: classify(x, classes, tf.initializers.randomNormal({ mean: 0, stddev: 0.01 })) })
}
