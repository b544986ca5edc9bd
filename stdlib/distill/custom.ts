/** Custom distillation losses on predictions and on features of named layers. */

import { optionsOf } from '../../dsl/check/checks.ts'
import { referenceToFunction } from '../../dsl/check/function-reference.ts'
import type { HasLayer, OneNetwork } from '../../dsl/parts/arch.ts'
import { layerNames } from '../../dsl/parts/distill-features.ts'
import { type Distiller, distiller } from '../../dsl/parts/distiller.ts'
import type { Tensor, Tf } from '../engine.ts'
import { activatedAt } from '../models/structure/rebuild.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import { lossBy } from '../training/custom-objective.ts'
import { forMembers, type Objective, type ObjectiveInputs } from '../training/objective.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { boundTeachers, type TeacherLogits, teacherLogits } from './teacher-logits.ts'

/**
 * Features by layer name: [batch, height, width, channels] of a convolution, [batch, units] of a linear layer, [batch, length, units] over
 * a sequence.
 */
export type LayerFeatures<L extends string> = { readonly [N in L]: Tensor }

/** What a custom loss receives in each training step. `S` and `T` are the names of its layers. */
export interface LossInputs<S extends string = never, T extends string = never> {
  /** The core operations of TensorFlow.js. */
  readonly tf: Tf
  /** The student's logits [batch, classes], for texts [batch · length, classes]; or its normalised predictions [batch, numbers]. */
  readonly student: Tensor
  /** The same for each teacher, as constants. */
  readonly teachers: readonly Tensor[]
  /** Labels of the same shape: one-hot, or smoothed; or the targets. */
  readonly labels: Tensor
  /** Features of the named layers, after the batch norm, the shortcut and the activation that follow; the teachers' are constants. */
  readonly features: { readonly student: LayerFeatures<S>; readonly teachers: readonly LayerFeatures<T>[] }
}

/** → scalar, averaged over the batch */
export type Loss<S extends string = never, T extends string = never> = (inputs: LossInputs<S, T>) => Tensor

export interface LossOptions<S extends string, T extends string> {
  /** The student's layers for `features`. Default: none. */
  readonly student?: readonly S[]
  /** The teachers' layers for `features`, which every teacher must have. Default: none. */
  readonly teacher?: readonly T[]
}

/** Features can be read only from networks without members. */
type Read<L extends string> = [L] extends [never] ? unknown : HasLayer<L> & OneNetwork

/**
 * A custom distillation loss: `distill(teacher, loss(({ tf, student, teachers }) => …))`. What it computes is part of the key. With named
 * layers, `loss(fn, { student: ['conv2'], teacher: ['conv4'] })`, it receives `features.student.conv2` and `features.teachers[0].conv4`.
 */
export const loss = <const S extends string = never, const T extends string = never>(
  fn: Loss<S, T>,
  options?: LossOptions<S, T>,
): Distiller<Read<NoInfer<S>>, Read<NoInfer<T>>> => {
  const { student, teacher } = optionsOf('loss()', options, ['student', 'teacher'])
  return distiller({
    kind: 'custom',
    fn: referenceToFunction('loss', 'loss()', fn, 'loss(({ tf, student, teachers: [teacher] }) => …)'),
    ...(student === undefined ? {} : { student: layerNames('loss()', 'student', student) }),
    ...(teacher === undefined ? {} : { teacher: layerNames('loss()', 'teacher', teacher) }),
  })
}

export const customDistiller: DistillerComputation<MethodOf<'custom'>> = {
  async prepare({ fn, student: own = [], teacher: given = [] }, pairing, services) {
    const loss = await services.userFunction<Loss>(fn)
    if (own.length + given.length === 0) {
      const { logits, constants, identity } = await teacherLogits(pairing, services)
      return { objective: customObjective(loss, logits), identity: [fn.fingerprint, identity], constants }
    }
    const teachers = await boundTeachers(pairing.teachers, services)
    const models = teachers.map(({ topology }) => ({ ...topology.model }))
    return { objective: featureObjective(loss, teachers, own, given), identity: [fn.fingerprint, [...own], [...given], models] }
  },
}

/** Trains with the user's loss. @throws FunctionProblem when the loss is traced */
export const customObjective = (fn: Loss, teachers: TeacherLogits): Objective => ({
  scalars: [],
  constants: teachers.constants,
  loss(inputs) {
    const student = inputs.network.logits(inputs.batch.images, true)
    return lossOf(fn, inputs, student, teachers.of(inputs), { student: {}, teachers: teachers.of(inputs).map(() => ({})) })
  },
})

/** The same with features of layers. The teachers' weights must be loaded. @throws FunctionProblem when the loss is traced */
export const featureObjective = (
  fn: Loss,
  teachers: readonly BoundNetwork[],
  own: readonly string[],
  given: readonly string[],
): Objective => ({
  scalars: [],
  constants: [],
  loss(inputs) {
    const { network, batch } = inputs
    const student = activated(network, own, batch.images, true)
    const taught = teachers.map((teacher) => activated(teacher, given, batch.images, false))
    const features = { student: student.features, teachers: taught.map(({ features }) => features) }
    return lossOf(
      fn,
      inputs,
      student.logits,
      taught.map(({ logits }) => logits),
      features,
    )
  },
})

/** Logits, and the features of named layers after batch norm, shortcut and activation. */
function activated(network: BoundNetwork, layers: readonly string[], images: Tensor, training: boolean) {
  if (layers.length === 0) return { logits: network.logits(images, training), features: {} }
  const names = layers.map((layer) => activatedAt(network.model, layer))
  const { logits, taps } = network.tapped(names, images, training)
  return { logits, features: Object.fromEntries(layers.map((layer, i) => [layer, taps[i]!])) }
}

function lossOf(
  fn: Loss,
  { engine: { tf }, batch }: ObjectiveInputs,
  student: Tensor,
  teachers: readonly Tensor[],
  features: LossInputs['features'],
): ReturnType<Objective['loss']> {
  const given = teachers.map((teacher) => forMembers(tf, teacher, student))
  const labels = forMembers(tf, batch.labels, student)
  return { loss: lossBy(tf, 'loss', fn, () => fn({ tf, student, teachers: given, labels, features })), logits: student }
}
