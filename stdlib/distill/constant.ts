/** Values without a gradient. */
import type { Tensor, Tf } from '../engine.ts'

/** The value, without a gradient. */
export const constant = (tf: Tf, value: Tensor): Tensor =>
  tf.customGrad((x) => ({ value: (x as Tensor).clone(), gradFunc: (dy) => tf.zerosLike(dy) }))(value)
