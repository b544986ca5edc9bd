/** What a pipeline file imports as `espalier`: the language, and descriptions of the parts that come with it. */
export * from '../dsl/index.ts'
export { digits } from './data/digits.ts'
export { batchEnsemble } from './models/batch-ensemble.ts'
export { type BnConv, bnConv } from './models/bn-conv.ts'
export { type Conv2, conv2 } from './models/conv2.ts'
export { type LeNet300, lenet300 } from './models/lenet300.ts'
