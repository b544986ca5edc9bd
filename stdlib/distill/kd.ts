/**
 * Knowledge distillation (Hinton, Vinyals & Dean, 2015, section 2):
 *   L = (1 − α) · CE(labels, softmax(z)) + α · τ² · KL(softmax(zᵀ/τ) ‖ softmax(z/τ)),
 * or with separate weights, which need not add up to 1. Both terms are averaged over the batch (not over classes). τ² keeps the scale of
 * the soft gradients independent of τ. The tempered predictions of several teachers are averaged.
 */
import type { Engine, Tensor } from '../engine.ts'
import { forMembers, type Objective } from '../training/objective.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { smallest, type TeacherLogits, teacherLogits } from './teacher-logits.ts'

export const kdDistiller: DistillerComputation<MethodOf<'kd'>> = {
  async prepare({ temperature, alpha = Number.NaN, ce, kl }, pairing, services) {
    const { logits, ...given } = await teacherLogits(pairing, services)
    // α rounded as in the step, so that 1 − α is exact.
    const weights = ce === undefined || kl === undefined ? [1 - Math.fround(alpha), alpha] : [ce, kl]
    return { ...given, objective: kdObjective(logits), scalarsAt: () => [temperature, ...weights] }
  },
}

export interface KdInputs {
  /** One-hot [batch, classes]. */
  readonly labels: Tensor
  /** The student's logits z [batch, classes]. */
  readonly logits: Tensor
  /** Each teacher's logits zᵀ [batch, classes], constants. One or more. */
  readonly teachers: readonly Tensor[]
  /** τ and the weights as scalars: inputs of the step, so one trace serves a sweep over them. */
  readonly temperature: Tensor
  readonly ce: Tensor
  readonly kl: Tensor
}

/** → scalar */
export function kdLoss(engine: Pick<Engine, 'tf' | 'softmaxCrossEntropy'>, inputs: KdInputs): Tensor {
  const { tf, softmaxCrossEntropy } = engine
  const { labels, logits, ce, kl } = inputs
  const soft = softLoss(engine, inputs)
  const hard = tf.mean(softmaxCrossEntropy(labels, logits))
  return tf.add(tf.mul(ce, hard), tf.mul(tf.mul(kl, tf.square(inputs.temperature)), soft))
}

/** KL(softmax(zᵀ/τ) ‖ softmax(z/τ)), without τ² → scalar */
export function softLoss(
  { tf, softmaxCrossEntropy }: Pick<Engine, 'tf' | 'softmaxCrossEntropy'>,
  { logits, teachers, temperature }: Pick<KdInputs, 'logits' | 'teachers' | 'temperature'>,
): Tensor {
  const tempered = teachers.map((teacher) => tf.div(teacher, temperature))
  const [only] = tempered
  const soft = tempered.length === 1 ? tf.softmax(only!) : tf.div(tf.addN(tempered.map((logits) => tf.softmax(logits))), tempered.length)
  const logSoft = tempered.length === 1 ? tf.logSoftmax(only!) : tf.log(tf.maximum(soft, smallest))
  const entropy = tf.neg(tf.sum(tf.mul(soft, logSoft), -1))
  // KL(p ‖ q) = CE(p, q) − H(p)
  return tf.mean(tf.sub(softmaxCrossEntropy(soft, tf.div(logits, temperature)), entropy))
}

/** Knowledge distillation from labels and the teachers' logits. */
export const kdObjective = (teachers: TeacherLogits): Objective => ({
  scalars: ['temperature', 'ce', 'kl'],
  constants: teachers.constants,
  loss(inputs) {
    const { engine, network, batch, scalars } = inputs
    const [temperature, ce, kl] = scalars
    const logits = network.logits(batch.images, true)
    const given = teachers.of(inputs).map((teacher) => forMembers(engine.tf, teacher, logits))
    const labels = forMembers(engine.tf, batch.labels, logits)
    return { loss: kdLoss(engine, { labels, logits, teachers: given, temperature: temperature!, ce: ce!, kl: kl! }), logits }
  },
})
