/**
 * LatentBE (Nam et al., 2022): each member of a batch ensemble learns from a different teacher,
 *   L = (1 − α) · CE(labels) + α · τ² · mean over members and batch of CE(softmax(tᵐ/τ), softmax(zᵐ/τ)).
 * Every member sees the whole batch. With one teacher for all, the members would stay identical.
 */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Perturbation } from '../../dsl/parts/distill.ts'
import type { Normalisation } from '../data/dataset.ts'
import type { Engine, Tensor } from '../engine.ts'
import { batchEnsembleOf } from '../models/networks/batch-ensemble.ts'
import { memberPair } from '../random/stream.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import { forMembers, type Objective } from '../training/objective.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { perturb } from './perturbation.ts'
import { askedEachStep, boundTeachers, type TeacherLogits, teacherLogits } from './teacher-logits.ts'

export const latentBEDistiller: DistillerComputation<MethodOf<'latentBE'>> = {
  async prepare({ perturbation, temperature, alpha }, pairing, services) {
    const { student, teachers, options } = pairing
    const members = batchEnsembleOf(student.topology.model)?.members ?? 1
    if (members !== teachers.length) throw oneTeacherEach(members, teachers.length)
    const scalarsAt = (seed: number, position: number) => [temperature, alpha, ...memberPair(seed, position, members)]
    if (perturbation.kind === 'none') {
      const { logits, ...given } = await teacherLogits(pairing, services)
      return { ...given, objective: latentBeObjective(logits), scalarsAt }
    }
    const bound = await boundTeachers(teachers, services)
    const { normalisation } = await services.dataset(options.data)
    return {
      objective: perturbedLatentBeObjective(bound, perturbation, normalisation),
      identity: [{ ...perturbation }, ...teachers.map(({ topology }) => ({ ...topology.model }))],
      scalarsAt,
    }
  },
}

const oneTeacherEach = (members: number, teachers: number) =>
  new PipelineProblem({
    title: 'LatentBE teaches each member by a teacher of its own.',
    facts: { members, teachers },
    hint: 'Give batchEnsemble(model, members) as many members as the ensemble has teachers.',
  })

export interface LatentBeInputs {
  /** Labels for every member [members · batch, classes]. */
  readonly labels: Tensor
  /** The members' logits, member by member [members · batch, classes]. */
  readonly logits: Tensor
  /** The teachers' logits, in the order and shape of the members'. */
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

/** On unperturbed images. */
export const latentBeObjective = (teachers: TeacherLogits): Objective => ({
  scalars,
  constants: teachers.constants,
  loss(inputs) {
    const { engine, network, batch } = inputs
    const [temperature, alpha] = inputs.scalars
    const logits = network.logits(batch.images, true)
    const given = engine.tf.concat([...teachers.of(inputs)])
    const labels = forMembers(engine.tf, batch.labels, logits)
    return { loss: latentBeLoss(engine, { labels, logits, teachers: given, temperature: temperature!, alpha: alpha! }), logits }
  },
})

/** On perturbed images, where every teacher runs at every step. Their weights must be loaded. */
const perturbedLatentBeObjective = (
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
  loss: latentBeObjective(askedEachStep(teachers)).loss,
})
