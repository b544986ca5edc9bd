/** LeNet-300-100: two hidden layers of 300 and 100 units on 28 × 28 images (LeCun et al., 1998; the first network of the lottery ticket paper). */
import { type Arch, type Model, modelOf } from '../../dsl/index.ts'
import type { LayersModel, Tf } from '../engine.ts'

export interface LeNet300 extends Arch {
  readonly classes: 10
  readonly layers: { readonly fc1: 300; readonly fc2: 100; readonly out: 10 }
  readonly channels: 'has no channels'
  readonly norm: 'no batch-norm'
  readonly features: 'feature vector'
  readonly members: 1
}

/** 784-300-100-10 with ReLU: 266,610 parameters, 266,200 of them prunable. Glorot-normal kernels, zero biases. */
export const lenet300 = (): Model<LeNet300> =>
  modelOf<LeNet300>(
    { name: 'lenet300', options: {} },
    {
      classes: 10,
      layers: { fc1: 300, fc2: 100, out: 10 },
      channels: 'has no channels',
      norm: 'no batch-norm',
      features: 'feature vector',
      members: 1,
    },
  )

/** input [batch, 28, 28, 1] → logits [batch, 10] */
export function buildLeNet300({ layers, sequential }: Tf): LayersModel {
  const kernelInitializer = 'glorotNormal'
  return sequential({
    layers: [
      layers.flatten({ name: 'flatten', inputShape: [28, 28, 1] }),
      layers.dense({ name: 'fc1', units: 300, activation: 'relu', kernelInitializer }),
      layers.dense({ name: 'fc2', units: 100, activation: 'relu', kernelInitializer }),
      layers.dense({ name: 'out', units: 10, kernelInitializer }),
    ],
  })
}
