/**
 * DIST (Huang et al., NeurIPS 2022, equations 8 to 10): ce · CE + τ² · (β · inter + γ · intra), with soft predictions p at temperature τ
 * - inter = 1 − the mean over examples of Pearson's correlation of p_S and p_T over classes;
 * - intra = 1 − the mean over classes of their correlation over the examples of the batch. A correlation is invariant to scale and shift.
 *   The tempered predictions of an ensemble are averaged.
 */
import type { Tensor, Tf } from '../engine.ts'
import { forMembers, type Objective } from '../training/objective.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { type TeacherLogits, teacherLogits, tempered } from './teacher-logits.ts'
import { norm } from './unit.ts'

export const distDistiller: DistillerComputation<MethodOf<'dist'>> = {
  async prepare({ temperature, beta, gamma, ce }, pairing, services) {
    const { logits, ...given } = await teacherLogits(pairing, services)
    return { ...given, objective: distObjective(logits), scalarsAt: () => [ce, beta, gamma, temperature] }
  },
}

/** 1 − the mean of the rows' correlations, [rows, columns] of both → scalar */
export function uncorrelated(tf: Tf, own: Tensor, given: Tensor): Tensor {
  const [x, y] = [own, given].map((rows) => tf.sub(rows, tf.mean(rows, -1, true))) as [Tensor, Tensor]
  const products = tf.sum(tf.mul(x, y), -1, true)
  return tf.sub(1, tf.mean(tf.div(products, tf.add(tf.mul(norm(tf, x), norm(tf, y)), 1e-8))))
}

/** Scalars: the weight of labels, β, γ and τ. */
export const distObjective = (teachers: TeacherLogits): Objective => ({
  scalars: ['ce', 'beta', 'gamma', 'temperature'],
  constants: teachers.constants,
  loss(inputs) {
    const { engine, network, batch } = inputs
    const { tf } = engine
    const [ce, beta, gamma, temperature] = inputs.scalars as [Tensor, Tensor, Tensor, Tensor]
    const logits = network.logits(batch.images, true)
    const given = teachers.of(inputs).map((teacher) => forMembers(tf, teacher, logits))
    const [own, taught] = [tf.softmax(tf.div(logits, temperature) as Tensor), tf.softmax(tempered(tf, given, temperature))]
    const inter = uncorrelated(tf, own, taught)
    const intra = uncorrelated(tf, tf.transpose(own), tf.transpose(taught))
    const relations = tf.mul(tf.square(temperature), tf.add(tf.mul(beta, inter), tf.mul(gamma, intra)))
    const labels = forMembers(tf, batch.labels, logits)
    return { loss: tf.add(tf.mul(ce, tf.mean(engine.softmaxCrossEntropy(labels, logits))), relations), logits }
  },
})
