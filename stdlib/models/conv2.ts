/** A small convolutional network for small images: the teacher of the hybrid study. */
import type { Arch, Model } from '../../dsl/index.ts'
import type { Json } from '../../dsl/stage-options.ts'
import type { LayersModel, Tf } from '../engine.ts'
import { type ClassesOption, classesIn, described, mnistImages, shapeIn } from './described.ts'

export interface Conv2<C extends number = 10> extends Arch {
  readonly classes: C
  readonly layers: { readonly conv1: 16; readonly conv2: 32; readonly fc1: 128; readonly out: C }
  readonly channels: 'has channels'
  readonly norm: 'no batch-norm'
  readonly features: 'feature vector'
  readonly members: 1
}

/**
 * conv 3×3 (16) – pool – conv 3×3 (32) – pool – 128 – 10 with ReLU, zero-padded convolutions, 2 × 2 max pooling: 206,922 parameters.
 * Glorot-normal kernels, zero biases.
 */
export const conv2 = <const C extends number = 10>(options?: ClassesOption<C>): Model<Conv2<C>> => {
  const classes = classesIn('conv2()', options)
  const arch: Conv2<C> = {
    classes,
    layers: { conv1: 16, conv2: 32, fc1: 128, out: classes },
    channels: 'has channels',
    norm: 'no batch-norm',
    features: 'feature vector',
    members: 1,
  }
  return described('conv2', {}, arch, mnistImages)
}

/** input [batch, height, width, channels] → logits [batch, classes] */
export function buildConv2({ layers, sequential }: Tf, options: { readonly [name: string]: Json }): LayersModel {
  const { input, classes } = shapeIn(options, mnistImages)
  const kernelInitializer = 'glorotNormal'
  const convolution = { kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer } as const
  return sequential({
    layers: [
      layers.conv2d({ name: 'conv1', filters: 16, inputShape: input, ...convolution }),
      layers.maxPooling2d({ name: 'pool1', poolSize: 2 }),
      layers.conv2d({ name: 'conv2', filters: 32, ...convolution }),
      layers.maxPooling2d({ name: 'pool2', poolSize: 2 }),
      layers.flatten({ name: 'flatten' }),
      layers.dense({ name: 'fc1', units: 128, activation: 'relu', kernelInitializer }),
      layers.dense({ name: 'out', units: classes, kernelInitializer }),
    ],
  })
}
