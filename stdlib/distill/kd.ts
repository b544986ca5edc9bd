/**
 * Knowledge distillation (Hinton, Vinyals & Dean, 2015, section 2):
 *   L = (1 − α) · CE(labels, softmax(z)) + α · τ² · KL(softmax(zᵀ/τ) ‖ softmax(z/τ)),
 * both terms averaged over the batch (not over classes). τ² keeps the size of the soft gradients as τ changes.
 * Several teachers are an ensemble: their tempered predictions are averaged.
 */
import type { Engine, Tensor } from '../engine.ts'
import { forMembers, type Objective } from '../training/objective.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { type TeacherLogits, teacherLogits } from './teacher-logits.ts'

export const kdDistiller: DistillerComputation<MethodOf<'kd'>> = {
  async prepare({ temperature, alpha }, pairing, services) {
    const { logits, ...given } = await teacherLogits(pairing, services)
    return { ...given, objective: kdObjective(logits), scalarsAt: () => [temperature, alpha] }
  },
}

export interface KdInputs {
  /** One-hot [batch, classes]. */
  readonly labels: Tensor
  /** The student's logits z [batch, classes]. */
  readonly logits: Tensor
  /** Each teacher's logits zᵀ [batch, classes], constants. One or more. */
  readonly teachers: readonly Tensor[]
  /** τ and α as scalars: inputs of the step, so one trace serves a sweep over them. */
  readonly temperature: Tensor
  readonly alpha: Tensor
}

/** → scalar */
export function kdLoss({ tf, softmaxCrossEntropy }: Pick<Engine, 'tf' | 'softmaxCrossEntropy'>, inputs: KdInputs): Tensor {
  const { labels, logits, teachers, temperature, alpha } = inputs
  const tempered = teachers.map((teacher) => tf.div(teacher, temperature))
  const [only] = tempered
  const soft = tempered.length === 1 ? tf.softmax(only!) : tf.div(tf.addN(tempered.map((logits) => tf.softmax(logits))), tempered.length)
  const logSoft = tempered.length === 1 ? tf.logSoftmax(only!) : tf.log(tf.maximum(soft, smallest))
  const entropy = tf.neg(tf.sum(tf.mul(soft, logSoft), -1))
  // KL(p ‖ q) = CE(p, q) − H(p)
  const divergence = tf.mean(tf.sub(softmaxCrossEntropy(soft, tf.div(logits, temperature)), entropy))
  const hard = tf.mean(softmaxCrossEntropy(labels, logits))
  return tf.add(tf.mul(tf.sub(1, alpha), hard), tf.mul(tf.mul(alpha, tf.square(temperature)), divergence))
}

/** The smallest normal float32: p · log p is 0 below it. */
const smallest = 1.1754943508222875e-38

/** Knowledge distillation by the labels and the teachers' logits. */
export const kdObjective = (teachers: TeacherLogits): Objective => ({
  scalars: ['temperature', 'alpha'],
  constants: teachers.constants,
  loss(inputs) {
    const { engine, network, batch, scalars } = inputs
    const [temperature, alpha] = scalars
    const logits = network.logits(batch.images, true)
    const given = teachers.of(inputs).map((teacher) => forMembers(engine.tf, teacher, logits))
    const labels = forMembers(engine.tf, batch.labels, logits)
    return { loss: kdLoss(engine, { labels, logits, teachers: given, temperature: temperature!, alpha: alpha! }), logits }
  },
})
