/** A small convolutional network for small images: the teacher of the hybrid study. */

import type { Model } from '../../../dsl/index.ts'
import { type ClassesOption, classesIn, described, type ModelBuilder, mnistImages } from '../blocks/description.ts'
import { buildTwoConvolutions, type TwoConvolutions, twoConvolutions } from '../blocks/two-convolutions.ts'

const widths = { conv1: 16, conv2: 32, fc1: 128 } as const

/** What `conv2()` is, with C classes. Layers `conv1`, `conv2`, `fc1`, `out`. */
export interface Conv2<C extends number = 10> extends TwoConvolutions<typeof widths, C> {}

/**
 * conv 3×3 (16) – pool – conv 3×3 (32) – pool – 128 – 10 with ReLU, zero-padded convolutions, 2 × 2 max pooling: 206,922 parameters.
 * Glorot-normal kernels, zero biases.
 */
export const conv2 = <const C extends number = 10>(options?: ClassesOption<C>): Model<Conv2<C>> =>
  described<Conv2<C>>('conv2', {}, twoConvolutions(widths, classesIn('conv2()', options)), mnistImages)

/** input [batch, height, width, channels] → logits [batch, classes] */
export const buildConv2: ModelBuilder = (tf, options) =>
  buildTwoConvolutions(tf, options, widths, { kernelSize: 3, padding: 'same' }, 'glorotNormal')
