/**
 * Fully connected networks for small images: LeNet-300-100 (LeCun et al., 1998; the first network in the lottery ticket paper), and a wider
 * one.
 */

import type { Json } from '../../../dsl/check/canonical.ts'
import type { Arch, Model } from '../../../dsl/index.ts'
import type { LayersModel, Tf } from '../../engine.ts'
import { type ClassesOption, classesIn, described, type ModelBuilder, mnistImages, shapeIn } from '../blocks/description.ts'

interface Perceptron<First extends number, Second extends number, C extends number> extends Arch {
  readonly classes: C
  readonly layers: { readonly fc1: First; readonly fc2: Second; readonly out: C }
  readonly channels: 'has no channels'
  readonly norm: 'no batch-norm'
  readonly features: 'feature vector'
  readonly members: 1
}
/** What `lenet300()` is, with C classes. Layers `fc1`, `fc2`, `out`. */
export interface LeNet300<C extends number = 10> extends Perceptron<300, 100, C> {}
/** What `wide()` is, with C classes. Layers `fc1`, `fc2`, `out`. */
export interface Wide<C extends number = 10> extends Perceptron<1000, 300, C> {}

const facts = { channels: 'has no channels', norm: 'no batch-norm', features: 'feature vector', members: 1 } as const

/** 784-300-100-10 with ReLU: 266,610 parameters, 266,200 of them prunable. Glorot-normal kernels, zero biases. */
export const lenet300 = <const C extends number = 10>(options?: ClassesOption<C>): Model<LeNet300<C>> => {
  const classes = classesIn('lenet300()', options)
  return described<LeNet300<C>>('lenet300', {}, { classes, layers: { fc1: 300, fc2: 100, out: classes }, ...facts }, mnistImages)
}

/** 784-1000-300-10 with ReLU: 1,088,310 parameters. Glorot-normal kernels, zero biases. */
export const wide = <const C extends number = 10>(options?: ClassesOption<C>): Model<Wide<C>> => {
  const classes = classesIn('wide()', options)
  return described<Wide<C>>('wide', {}, { classes, layers: { fc1: 1000, fc2: 300, out: classes }, ...facts }, mnistImages)
}

export const buildLeNet300: ModelBuilder = (tf, options) => perceptron(tf, options, 300, 100)
export const buildWide: ModelBuilder = (tf, options) => perceptron(tf, options, 1000, 300)

/** input [batch, height, width, channels] → logits [batch, classes] */
function perceptron({ layers, sequential }: Tf, options: { readonly [name: string]: Json }, first: number, second: number): LayersModel {
  const { input, classes } = shapeIn(options, mnistImages)
  const kernelInitializer = 'glorotNormal'
  return sequential({
    layers: [
      layers.flatten({ name: 'flatten', inputShape: input }),
      layers.dense({ name: 'fc1', units: first, activation: 'relu', kernelInitializer }),
      layers.dense({ name: 'fc2', units: second, activation: 'relu', kernelInitializer }),
      layers.dense({ name: 'out', units: classes, kernelInitializer }),
    ],
  })
}
