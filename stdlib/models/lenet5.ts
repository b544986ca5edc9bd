/** LeNet-5 as the pruning literature has it since Han et al. (2015): Caffe's, wider than LeCun's of 1998. */
import type { Arch, Model } from '../../dsl/index.ts'
import type { Json } from '../../dsl/stage-options.ts'
import type { LayersModel, Tf } from '../engine.ts'
import { type ClassesOption, classesIn, described, mnistImages, shapeIn } from './described.ts'

export interface LeNet5<C extends number = 10> extends Arch {
  readonly classes: C
  readonly layers: { readonly conv1: 20; readonly conv2: 50; readonly fc1: 500; readonly out: C }
  readonly channels: 'has channels'
  readonly norm: 'no batch-norm'
  readonly features: 'feature vector'
  readonly members: 1
}

/**
 * conv 5×5 (20) – pool – conv 5×5 (50) – pool – 500 – 10 with ReLU, convolutions without padding, 2 × 2 max pooling: 431,080 parameters
 * on 28 × 28 images. Kernels uniform within √(3 / inputs), as Caffe's "xavier"; zero biases.
 */
export const lenet5 = <const C extends number = 10>(options?: ClassesOption<C>): Model<LeNet5<C>> => {
  const classes = classesIn('lenet5()', options)
  const arch: LeNet5<C> = {
    classes,
    layers: { conv1: 20, conv2: 50, fc1: 500, out: classes },
    channels: 'has channels',
    norm: 'no batch-norm',
    features: 'feature vector',
    members: 1,
  }
  return described('lenet5', {}, arch, mnistImages)
}

/** input [batch, height, width, channels] → logits [batch, classes] */
export function buildLeNet5({ initializers, layers, sequential }: Tf, options: { readonly [name: string]: Json }): LayersModel {
  const { input, classes } = shapeIn(options, mnistImages)
  const kernelInitializer = initializers.leCunUniform({})
  const convolution = { kernelSize: 5, padding: 'valid', activation: 'relu', kernelInitializer } as const
  return sequential({
    layers: [
      layers.conv2d({ name: 'conv1', filters: 20, inputShape: input, ...convolution }),
      layers.maxPooling2d({ name: 'pool1', poolSize: 2 }),
      layers.conv2d({ name: 'conv2', filters: 50, ...convolution }),
      layers.maxPooling2d({ name: 'pool2', poolSize: 2 }),
      layers.flatten({ name: 'flatten' }),
      layers.dense({ name: 'fc1', units: 500, activation: 'relu', kernelInitializer }),
      layers.dense({ name: 'out', units: classes, kernelInitializer }),
    ],
  })
}
