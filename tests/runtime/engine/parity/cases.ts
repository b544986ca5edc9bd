/** Every operation under test, and the kernels that none of them is there for. */
import type { Case } from './case.ts'
import { convolution } from './convolution.ts'
import { elementwise } from './elementwise.ts'
import { images } from './images.ts'
import { indexing } from './indexing.ts'
import { layout } from './layout.ts'
import { pooling } from './pooling.ts'
import { products } from './products.ts'
import { reductions } from './reductions.ts'

export const cases: readonly Case[] = [
  ...elementwise,
  ...reductions,
  ...layout,
  ...indexing,
  ...convolution,
  ...pooling,
  ...images,
  ...products,
]

/** Kernels of tfjs-node without a case, and why. */
export const untested: { readonly [kernel: string]: string } = {
  StaticRegexReplace: 'It takes strings, which this binding does not have: nothing in training is one.',
}

/** Kernels for which tfjs registers a gradient that no case looks at, and why. */
export const undifferentiated: { readonly [kernel: string]: string } = {
  ArgMax: 'An index does not change by a little: the gradient is defined as zero.',
  ArgMin: 'An index does not change by a little: the gradient is defined as zero.',
  ComplexAbs: 'It is written for real numbers.',
  GreaterEqual: 'A truth value does not change by a little: the gradient is defined as zero.',
  IsFinite: 'A truth value does not change by a little: the gradient is defined as zero.',
  IsInf: 'A truth value does not change by a little: the gradient is defined as zero.',
  IsNan: 'A truth value does not change by a little: the gradient is defined as zero.',
  OneHot: 'What goes in is an index: the gradient is defined as zero.',
}
