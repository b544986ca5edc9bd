/** The source of the teachers' logits in a step: computed once for every example, or on the images of the step. */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Tensor, Tf } from '../engine.ts'
import type { Network } from '../network.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import type { Objective, ObjectiveInputs, TrainingObjective } from '../training/objective.ts'
import type { StageServices } from '../training/services.ts'
import type { Pairing } from './distiller.ts'

export interface TeacherLogits {
  readonly constants: Objective['constants']
  /** Of each teacher [batch, classes]. */
  of(inputs: ObjectiveInputs): readonly Tensor[]
}

/** The name of a teacher's logits for every example of the split, with teachers counted from 0. */
export const logitsOf = (teacher: number): string => `teacher ${teacher}`

/**
 * [examples, places · classes] for each teacher, as constants. Valid only without augmentation.
 * @param places predictions of each example: 1 except for texts
 */
export const computedOnce = (teachers: number, examples: number, classes: number, places = 1): TeacherLogits => ({
  constants: Array.from({ length: teachers }, (_, teacher) => ({ name: logitsOf(teacher), shape: [examples, places * classes] })),
  of: ({ engine: { tf }, batch, constants }) =>
    Array.from({ length: teachers }, (_, teacher) => {
      // tfjs types the indices of gather as tensors of one rank only.
      const logits = tf.gather(constants.get(logitsOf(teacher))!, batch.indices as never)
      return places === 1 ? logits : logits.reshape([-1, classes])
    }),
})

/** Teachers in evaluation mode, run at every step. Their weights must be loaded. */
export const askedEachStep = (teachers: readonly BoundNetwork[]): TeacherLogits => ({
  constants: [],
  of: ({ batch }) => teachers.map((teacher) => teacher.logits(batch.images, false)),
})

/** The smallest normal float32: p · log p is 0 below it. */
export const smallest = 1.1754943508222875e-38

/** The logits of the teachers' prediction at a temperature; for several teachers, of their averaged predictions. */
export const tempered = (tf: Tf, teachers: readonly Tensor[], temperature: Tensor): Tensor => {
  const [only, ...others] = teachers.map((teacher) => tf.div(teacher, temperature) as Tensor)
  if (others.length === 0) return only!
  const soft = tf.div(tf.addN([only!, ...others].map((logits) => tf.softmax(logits))), teachers.length)
  return tf.log(tf.maximum(soft, smallest))
}

/** The teachers' logits, with what a training needs to compute them. */
export interface LogitsOfTraining {
  readonly logits: TeacherLogits
  readonly constants: TrainingObjective['constants']
  /** Steps with equal identity use the same source. */
  readonly identity: Json
}

/**
 * The maximum size of stored logits in a training, in bytes; larger ones are computed at each step. Texts with a large vocabulary have
 * many.
 */
const mostKept = 2 ** 29

/** Once for every example in evaluation mode; or at each step, with augmentation or if the logits would not fit in memory. */
export async function teacherLogits({ teachers, options }: Pairing, services: StageServices): Promise<LogitsOfTraining> {
  const { data, augment } = options
  const { count, places } = await services.examples(data, 'train')
  const { classes } = teachers[0].topology
  if (augment !== undefined || 4 * teachers.length * count * places * classes > mostKept) {
    const identity = ['each step', ...teachers.map(({ topology }) => ({ ...topology.model }))]
    return { logits: askedEachStep(await boundTeachers(teachers, services)), constants: new Map(), identity }
  }
  const constants = new Map<string, Float32Array>()
  for (const [i, { topology, weights }] of teachers.entries()) {
    const evaluator = await services.evaluator(topology.model, data, 'train')
    const bound = await services.network(topology.model)
    bound.load(weights)
    constants.set(logitsOf(i), await evaluator.predict())
  }
  const logits = computedOnce(teachers.length, count, classes, places)
  return { logits, constants, identity: ['once', teachers.length] }
}

/** The teachers with their weights, bound separately, for steps that run them. */
export async function boundTeachers(teachers: readonly Network[], services: StageServices): Promise<readonly BoundNetwork[]> {
  const all: BoundNetwork[] = []
  for (const [i, { topology, weights }] of teachers.entries()) {
    const network = await services.network(topology.model, `teacher ${i}`)
    network.load(weights)
    all.push(network)
  }
  return all
}
