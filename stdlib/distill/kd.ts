/**
 * Knowledge distillation (Hinton, Vinyals & Dean, 2015, section 2):
 *   L = (1 − α) · CE(labels, softmax(z)) + α · τ² · KL(softmax(zᵀ/τ) ‖ softmax(z/τ)),
 * both terms averaged over the batch (not over classes). τ² keeps the size of the soft gradients as τ changes.
 */
import type { Engine, Tensor } from '../engine.ts'

export interface KdInputs {
  /** One-hot [batch, classes]. */
  readonly labels: Tensor
  /** The student's logits z [batch, classes]. */
  readonly logits: Tensor
  /** The teacher's logits zᵀ [batch, classes], constants. */
  readonly teacher: Tensor
  /** τ and α as scalars: inputs of the step, so one trace serves a sweep over them. */
  readonly temperature: Tensor
  readonly alpha: Tensor
}

/** → scalar */
export function kdLoss({ tf, softmaxCrossEntropy }: Pick<Engine, 'tf' | 'softmaxCrossEntropy'>, inputs: KdInputs): Tensor {
  const { labels, logits, teacher, temperature, alpha } = inputs
  const soft = tf.softmax(tf.div(teacher, temperature))
  const entropy = tf.neg(tf.sum(tf.mul(soft, tf.logSoftmax(tf.div(teacher, temperature))), -1))
  // KL(p ‖ q) = CE(p, q) − H(p)
  const divergence = tf.mean(tf.sub(softmaxCrossEntropy(soft, tf.div(logits, temperature)), entropy))
  const hard = tf.mean(softmaxCrossEntropy(labels, logits))
  return tf.add(tf.mul(tf.sub(1, alpha), hard), tf.mul(tf.mul(alpha, tf.square(temperature)), divergence))
}
