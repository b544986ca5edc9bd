/**
 * LatentBE (Nam et al., 2022): each member of a batch ensemble learns from a teacher of its own,
 *   L = (1 − α) · CE(labels) + α · τ² · mean over members and batch of CE(softmax(tᵐ/τ), softmax(zᵐ/τ)).
 * Every member sees the whole batch. With one teacher for all, the members would stay alike for ever.
 */
import type { Perturbation } from '../../dsl/stage.ts'
import type { Engine, Tensor } from '../engine.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import { forMembers, type Objective } from '../training/objective.ts'
import { logitsOf } from './kd.ts'
import { type Normalisation, perturb } from './perturbation.ts'

export interface LatentBeInputs {
  /** Labels for every member [members · batch, classes]. */
  readonly labels: Tensor
  /** The members' logits, member by member [members · batch, classes]. */
  readonly logits: Tensor
  /** The teachers', in the members' order and form. */
  readonly teachers: Tensor
  readonly temperature: Tensor
  readonly alpha: Tensor
}

/** → scalar */
export function latentBeLoss({ tf, softmaxCrossEntropy }: Pick<Engine, 'tf' | 'softmaxCrossEntropy'>, inputs: LatentBeInputs): Tensor {
  const { labels, logits, teachers, temperature, alpha } = inputs
  const soft = tf.mean(softmaxCrossEntropy(tf.softmax(tf.div(teachers, temperature)), tf.div(logits, temperature)))
  const hard = tf.mean(softmaxCrossEntropy(labels, logits))
  return tf.add(tf.mul(tf.sub(1, alpha), hard), tf.mul(tf.mul(alpha, tf.square(temperature)), soft))
}

const scalars = ['temperature', 'alpha', 'first', 'second']

/** On images as they are the teachers' logits are computed once: [examples, classes] each. */
export const latentBeObjective = (members: number, examples: number, classes: number): Objective => ({
  scalars,
  constants: Array.from({ length: members }, (_, member) => ({ name: logitsOf(member), shape: [examples, classes] })),
  loss({ engine, network, batch, scalars: [temperature, alpha], constants }) {
    const { tf } = engine
    const logits = network.logits(batch.images, true)
    // tfjs types the indices of gather as tensors of one rank only.
    const teachers = tf.concat(Array.from({ length: members }, (_, m) => tf.gather(constants.get(logitsOf(m))!, batch.indices as never)))
    const labels = forMembers(tf, batch.labels, logits)
    return { loss: latentBeLoss(engine, { labels, logits, teachers, temperature: temperature!, alpha: alpha! }), logits }
  },
})

/** On perturbed images, where every teacher is asked at every step. They must hold their weights. */
export const perturbedLatentBeObjective = (
  teachers: readonly BoundNetwork[],
  perturbation: Perturbation,
  normalisation: Normalisation,
): Objective => ({
  scalars,
  constants: [],
  perturbed({ engine, network, batch, scalars: [temperature, , first, second] }) {
    const pair = [first, second].map((number) => engine.tf.cast(number!, 'int32')) as unknown as [Tensor, Tensor]
    const inputs = { engine, images: batch.images, teachers, student: network, pair, temperature: temperature!, normalisation }
    return { ...batch, images: perturb(perturbation, inputs) }
  },
  loss({ engine, network, batch, scalars: [temperature, alpha] }) {
    const { tf } = engine
    const logits = network.logits(batch.images, true)
    const given = tf.concat(teachers.map((teacher) => teacher.logits(batch.images, false)))
    const labels = forMembers(tf, batch.labels, logits)
    return { loss: latentBeLoss(engine, { labels, logits, teachers: given, temperature: temperature!, alpha: alpha! }), logits }
  },
})
