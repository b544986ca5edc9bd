/** Vectors normalised to length 1, like PyTorch's `normalize`. */
import type { Tensor, Tf } from '../engine.ts'

/** The square of the smallest divisor: a zero vector stays zero and has a gradient. */
const least = 1e-24

/** ‖x‖ along the last axis, at least 1e-12: [...] → [..., 1] */
export const norm = (tf: Tf, x: Tensor): Tensor => tf.sqrt(tf.maximum(tf.sum(tf.square(x), -1, true), least))

/** x / ‖x‖ along the last axis. */
export const unit = (tf: Tf, x: Tensor): Tensor => tf.div(x, norm(tf, x))
