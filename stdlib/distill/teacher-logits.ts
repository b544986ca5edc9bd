/** Where a step has its teachers' logits from: computed once for every example, or asked for on the images of the step. */
import type { Tensor } from '../engine.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import type { Objective, ObjectiveInputs } from '../training/objective.ts'

export interface TeacherLogits {
  readonly constants: Objective['constants']
  /** Of each teacher [batch, classes]. */
  of(inputs: ObjectiveInputs): readonly Tensor[]
}

/** The name under which a teacher's logits for every example of the split are given, teachers counted from 0. */
export const logitsOf = (teacher: number): string => `teacher ${teacher}`

/** [examples, classes] for each teacher, given as constants. Right only as long as images stay as they are: without augmentation. */
export const computedOnce = (teachers: number, examples: number, classes: number): TeacherLogits => ({
  constants: Array.from({ length: teachers }, (_, teacher) => ({ name: logitsOf(teacher), shape: [examples, classes] })),
  of: ({ engine: { tf }, batch, constants }) =>
    // tfjs types the indices of gather as tensors of one rank only.
    Array.from({ length: teachers }, (_, teacher) => tf.gather(constants.get(logitsOf(teacher))!, batch.indices as never)),
})

/** Teachers in evaluation mode, asked at every step. They must hold their weights. */
export const askedEachStep = (teachers: readonly BoundNetwork[]): TeacherLogits => ({
  constants: [],
  of: ({ batch }) => teachers.map((teacher) => teacher.logits(batch.images, false)),
})
