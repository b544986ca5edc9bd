/** A small convolutional network for 28 × 28 images: the teacher of the hybrid study. */
import { type Arch, type Model, modelOf } from '../../dsl/index.ts'
import type { LayersModel, Tf } from '../engine.ts'

export interface Conv2 extends Arch {
  readonly classes: 10
  readonly layers: { readonly conv1: 16; readonly conv2: 32; readonly fc1: 128; readonly out: 10 }
  readonly channels: 'has channels'
  readonly norm: 'no batch-norm'
  readonly features: 'feature vector'
  readonly members: 1
}

/**
 * conv 3×3 (16) – pool – conv 3×3 (32) – pool – 128 – 10 with ReLU, zero-padded convolutions, 2 × 2 max pooling: 206,922 parameters.
 * Glorot-normal kernels, zero biases.
 */
export const conv2 = (): Model<Conv2> =>
  modelOf<Conv2>(
    { name: 'conv2', options: {} },
    {
      classes: 10,
      layers: { conv1: 16, conv2: 32, fc1: 128, out: 10 },
      channels: 'has channels',
      norm: 'no batch-norm',
      features: 'feature vector',
      members: 1,
    },
  )

/** input [batch, 28, 28, 1] → logits [batch, 10] */
export function buildConv2({ layers, sequential }: Tf): LayersModel {
  const kernelInitializer = 'glorotNormal'
  const convolution = { kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer } as const
  return sequential({
    layers: [
      layers.conv2d({ name: 'conv1', filters: 16, inputShape: [28, 28, 1], ...convolution }),
      layers.maxPooling2d({ name: 'pool1', poolSize: 2 }),
      layers.conv2d({ name: 'conv2', filters: 32, ...convolution }),
      layers.maxPooling2d({ name: 'pool2', poolSize: 2 }),
      layers.flatten({ name: 'flatten' }),
      layers.dense({ name: 'fc1', units: 128, activation: 'relu', kernelInitializer }),
      layers.dense({ name: 'out', units: 10, kernelInitializer }),
    ],
  })
}
