/** LeNet-5 as in the pruning literature since Han et al. (2015): Caffe's version, wider than LeCun's of 1998. */

import type { Model } from '../../../dsl/index.ts'
import { type ClassesOption, classesIn, described, type ModelBuilder, mnistImages } from '../blocks/description.ts'
import { buildTwoConvolutions, type TwoConvolutions, twoConvolutions } from '../blocks/two-convolutions.ts'

const widths = { conv1: 20, conv2: 50, fc1: 500 } as const

/** What `lenet5()` is, with C classes. Layers `conv1`, `conv2`, `fc1`, `out`. */
export interface LeNet5<C extends number = 10> extends TwoConvolutions<typeof widths, C> {}

/**
 * conv 5×5 (20) – pool – conv 5×5 (50) – pool – 500 – 10 with ReLU, convolutions without padding, 2 × 2 max pooling: 431,080 parameters
 * on 28 × 28 images. Kernels uniform within √(3 / inputs), as Caffe's "xavier"; zero biases.
 */
export const lenet5 = <const C extends number = 10>(options?: ClassesOption<C>): Model<LeNet5<C>> =>
  described<LeNet5<C>>('lenet5', {}, twoConvolutions(widths, classesIn('lenet5()', options)), mnistImages)

/** input [batch, height, width, channels] → logits [batch, classes] */
export const buildLeNet5: ModelBuilder = (tf, options) =>
  buildTwoConvolutions(tf, options, widths, { kernelSize: 5, padding: 'valid' }, tf.initializers.leCunUniform({}))
