/** Conv-2, Conv-4 and Conv-6 of the lottery ticket paper (Frankle & Carbin, 2019, figure 2): VGG scaled down for CIFAR-10. */
import { oneOf } from '../../../dsl/check/checks.ts'
import type { Arch, Model } from '../../../dsl/index.ts'
import { type ClassesOption, cifarImages, classesIn, described, type ModelBuilder, shapeIn } from '../blocks/description.ts'

const widths = [64, 64, 128, 128, 256, 256] as const
const depths = [2, 4, 6] as const

/** `D`: 2, 4 or 6 convolutions. */
export interface ConvNet<D extends 2 | 4 | 6 = 2 | 4 | 6, C extends number = 10> extends Arch {
  readonly classes: C
  readonly layers: { readonly [L in Convolutions[D]]: number } & { readonly fc1: 256; readonly fc2: 256; readonly out: C }
  readonly channels: 'has channels'
  readonly norm: 'no batch-norm'
  readonly features: 'feature vector'
  readonly members: 1
}

interface Convolutions {
  2: 'conv1' | 'conv2'
  4: Convolutions[2] | 'conv3' | 'conv4'
  6: Convolutions[4] | 'conv5' | 'conv6'
}

/**
 * 3×3 convolutions 64, 64, pool / 128, 128, pool / 256, 256, pool, up to the given depth, then 256 – 256 – 10, with ReLU: 4,301,642,
 * 2,425,930 and 2,262,602 parameters on 32 × 32 × 3 (the paper reports 4.3M, 2.4M and, for Conv-6, 1.7M, which does not match its layers).
 * Glorot-normal kernels, zero biases.
 */
export const convNet = <const D extends 2 | 4 | 6, const C extends number = 10>(
  depth: D,
  options?: ClassesOption<C>,
): Model<ConvNet<D, C>> => {
  const verb = 'convNet()'
  const classes = classesIn(verb, options)
  const chosen = widths.slice(0, oneOf(verb, 'depth', depth, depths))
  const layers = { ...Object.fromEntries(chosen.map((width, i) => [`conv${i + 1}`, width])), fc1: 256, fc2: 256, out: classes }
  const arch = { classes, layers, channels: 'has channels', norm: 'no batch-norm', features: 'feature vector', members: 1 } as const
  return described('convNet', { depth }, arch as unknown as ConvNet<D, C>, cifarImages) // as many names as in the type
}

/** input [batch, height, width, channels] → logits [batch, classes] */
export const buildConvNet: ModelBuilder = ({ layers, sequential }, options) => {
  const { input, classes } = shapeIn(options, cifarImages)
  const kernelInitializer = 'glorotNormal'
  const convolution = { kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer } as const
  return sequential({
    layers: [
      ...widths
        .slice(0, options.depth as number)
        .flatMap((filters, i) => [
          layers.conv2d({ name: `conv${i + 1}`, filters, ...convolution, ...(i === 0 ? { inputShape: input } : {}) }),
          ...(i % 2 === 1 ? [layers.maxPooling2d({ name: `pool${(i + 1) / 2}`, poolSize: 2 })] : []),
        ]),
      layers.flatten({ name: 'flatten' }),
      layers.dense({ name: 'fc1', units: 256, activation: 'relu', kernelInitializer }),
      layers.dense({ name: 'fc2', units: 256, activation: 'relu', kernelInitializer }),
      layers.dense({ name: 'out', units: classes, kernelInitializer }),
    ],
  })
}
