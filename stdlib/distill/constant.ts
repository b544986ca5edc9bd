/** Values that nothing is learned through. */
import type { Tensor, Tf } from '../engine.ts'

/** The value, with no gradient behind it. */
export const constant = (tf: Tf, value: Tensor): Tensor =>
  tf.customGrad((x) => ({ value: (x as Tensor).clone(), gradFunc: (dy) => tf.zerosLike(dy) }))(value)
