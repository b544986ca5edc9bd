/** Two convolutions with pooling, and two dense layers: shared by LeNet-5 and conv2. */

import type { Json } from '../../../dsl/check/canonical.ts'
import type { Arch } from '../../../dsl/index.ts'
import type { LayersModel, Tf } from '../../engine.ts'
import { mnistImages, shapeIn } from './description.ts'

/** Widths of the layers before the output. */
export interface Widths {
  readonly conv1: number
  readonly conv2: number
  readonly fc1: number
}

export interface TwoConvolutions<W extends Widths, C extends number> extends Arch {
  readonly classes: C
  readonly layers: W & { readonly out: C }
  readonly channels: 'has channels'
  readonly norm: 'no batch-norm'
  readonly features: 'feature vector'
  readonly members: 1
}

export const twoConvolutions = <W extends Widths, C extends number>(widths: W, classes: C): TwoConvolutions<W, C> => ({
  classes,
  layers: { ...widths, out: classes },
  channels: 'has channels',
  norm: 'no batch-norm',
  features: 'feature vector',
  members: 1,
})

/** With ReLU and 2 × 2 max pooling. input [batch, height, width, channels] → logits [batch, classes] */
export function buildTwoConvolutions(
  { layers, sequential }: Tf,
  options: { readonly [name: string]: Json },
  { conv1, conv2, fc1 }: Widths,
  convolution: { readonly kernelSize: number; readonly padding: 'same' | 'valid' },
  kernelInitializer: Parameters<Tf['layers']['dense']>[0]['kernelInitializer'] & {},
): LayersModel {
  const { input, classes } = shapeIn(options, mnistImages)
  const common = { activation: 'relu', kernelInitializer } as const
  return sequential({
    layers: [
      layers.conv2d({ name: 'conv1', filters: conv1, inputShape: input, ...convolution, ...common }),
      layers.maxPooling2d({ name: 'pool1', poolSize: 2 }),
      layers.conv2d({ name: 'conv2', filters: conv2, ...convolution, ...common }),
      layers.maxPooling2d({ name: 'pool2', poolSize: 2 }),
      layers.flatten({ name: 'flatten' }),
      layers.dense({ name: 'fc1', units: fc1, ...common }),
      layers.dense({ name: 'out', units: classes, kernelInitializer }),
    ],
  })
}
