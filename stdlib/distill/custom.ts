/** Custom losses: what a student learns from its teachers. */

import { referenceToFunction } from '../../dsl/check/function-reference.ts'
import { type Distiller, distiller } from '../../dsl/parts/distiller.ts'
import type { Tensor, Tf } from '../engine.ts'
import { forMembers, type Objective } from '../training/objective.ts'
import { calling, wrongResult } from '../user-functions.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { type TeacherLogits, teacherLogits } from './teacher-logits.ts'

export interface LossInputs {
  readonly tf: Tf
  /** The student's logits [batch, classes]. */
  readonly student: Tensor
  /** Each teacher's logits [batch, classes]; constants. */
  readonly teachers: readonly Tensor[]
  /** One-hot, or smoothed: [batch, classes]. */
  readonly labels: Tensor
}

/** → scalar, averaged over the batch */
export type Loss = (inputs: LossInputs) => Tensor

/** A custom distillation loss: `distill(teacher, loss(({ tf, student, teachers }) => …))`. What it computes is part of the key. */
export const loss = (fn: Loss): Distiller<unknown, unknown> =>
  distiller({ kind: 'custom', fn: referenceToFunction('loss', 'loss()', fn, 'loss(({ tf, student, teachers: [teacher] }) => …)') })

export const customDistiller: DistillerComputation<MethodOf<'custom'>> = {
  async prepare({ fn }, pairing, services) {
    const loss = await services.userFunction<Loss>(fn)
    const { logits, constants, identity } = await teacherLogits(pairing, services)
    return { objective: customObjective(loss, logits), identity: [fn.fingerprint, identity], constants }
  },
}

/** Learns by the user's loss. @throws FunctionProblem when it is traced */
export const customObjective = (fn: Loss, teachers: TeacherLogits): Objective => ({
  scalars: [],
  constants: teachers.constants,
  loss(inputs) {
    const {
      engine: { tf },
      network,
      batch,
    } = inputs
    const student = network.logits(batch.images, true)
    const given = teachers.of(inputs).map((teacher) => forMembers(tf, teacher, student))
    const name = fn.name || 'loss'
    const labels = forMembers(tf, batch.labels, student)
    const loss: unknown = calling('loss', name, () => fn({ tf, student, teachers: given, labels }))
    if (loss instanceof tf.Tensor && loss.size === 1 && loss.dtype === 'float32') return { loss: loss.asScalar(), logits: student }
    const found = loss instanceof tf.Tensor ? `a ${loss.dtype} tensor [${loss.shape.join(', ')}]` : String(loss)
    throw wrongResult('loss', name, 'Your loss did not give one number.', { given: found }, 'End it in tf.mean(…) over the batch.')
  },
})
