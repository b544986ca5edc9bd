/**
 * Decoupled distillation (Zhao et al., CVPR 2022, equation 7): ce · CE + w · τ² · (α · TCKD + β · NCKD), where KL at temperature τ is taken
 * - of two classes, the target and all others together (TCKD);
 * - of the others among themselves (NCKD), which in plain KL is weighed by 1 − the teacher's confidence.
 * w = min(e / warmup, 1) in epoch e, counted from 1, as in mdistiller. An ensemble's tempered predictions are averaged.
 */
import type { Engine, Tensor } from '../engine.ts'
import { forMembers, type Objective } from '../training/objective.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { softLoss } from './kd.ts'
import { type TeacherLogits, teacherLogits, tempered } from './teacher-logits.ts'

export const dkdDistiller: DistillerComputation<MethodOf<'dkd'>> = {
  async prepare({ temperature, alpha, beta, ce, warmup }, pairing, services) {
    const { logits, ...given } = await teacherLogits(pairing, services)
    const { data, batch } = pairing.options
    const { count } = await services.examples(data, 'train')
    const share = warmupShare(warmup, Math.floor(count / batch))
    return { ...given, objective: dkdObjective(logits), scalarsAt: (_, position) => [ce, alpha, beta, temperature, share(position)] }
  },
}

/** The factor of the terms' weights in the epoch of a step: 1/warmup in the first of `warmup` epochs. */
export const warmupShare =
  (warmup: number, stepsPerEpoch: number) =>
  (position: number): number =>
    warmup === 0 ? 1 : Math.min((Math.floor(position / stepsPerEpoch) + 1) / warmup, 1)

export interface DecoupledInputs {
  /** One-hot, or smoothed: the largest is the target. [batch, classes] */
  readonly labels: Tensor
  readonly logits: Tensor
  /** For each teacher [batch, classes], constants. */
  readonly teachers: readonly Tensor[]
  readonly temperature: Tensor
}

/** Below every other logit, so it does not contribute to a softmax. */
const out = 1000

/** Both KL, without τ² and weights → two scalars */
export function decoupled(engine: Engine, { labels, logits, teachers, temperature }: DecoupledInputs) {
  const { tf } = engine
  const target = tf.cast(tf.oneHot(tf.argMax(labels, -1) as never, labels.shape[1]!), 'float32') as Tensor
  const parts = (z: Tensor) => {
    const others = tf.sub(z, tf.mul(target, out)) as Tensor
    // The target's logit minus log Σ exp over the others is the log-odds, which avoids dividing by a probability that may be zero.
    const pair = tf.concat([tf.sum(tf.mul(z, target), -1, true), tf.logSumExp(others, -1, true)], 1)
    return { others, pair }
  }
  const [own, given] = [parts(tf.div(logits, temperature)), parts(tempered(tf, teachers, temperature))]
  const divergence = (of: 'pair' | 'others') => softLoss(engine, { logits: own[of], teachers: [given[of]], temperature: tf.scalar(1) })
  return { targetClass: divergence('pair'), otherClasses: divergence('others') }
}

/** Scalars: the weight of labels, α, β, τ, and the factor of the warm-up. */
export const dkdObjective = (teachers: TeacherLogits): Objective => ({
  scalars: ['ce', 'alpha', 'beta', 'temperature', 'share'],
  constants: teachers.constants,
  loss(inputs) {
    const { engine, network, batch } = inputs
    const { tf } = engine
    const [ce, alpha, beta, temperature, share] = inputs.scalars as [Tensor, Tensor, Tensor, Tensor, Tensor]
    const logits = network.logits(batch.images, true)
    const given = teachers.of(inputs).map((teacher) => forMembers(tf, teacher, logits))
    const labels = forMembers(tf, batch.labels, logits)
    const { targetClass, otherClasses } = decoupled(engine, { labels, logits, teachers: given, temperature })
    const soft = tf.mul(tf.mul(share, tf.square(temperature)), tf.add(tf.mul(alpha, targetClass), tf.mul(beta, otherClasses)))
    return { loss: tf.add(tf.mul(ce, tf.mean(engine.softmaxCrossEntropy(labels, logits))), soft), logits }
  },
})
