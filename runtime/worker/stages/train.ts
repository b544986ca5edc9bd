/** Training and distillation: the same loop, with or without a teacher. */
import { readArtifact } from '../../store/artifact.ts'
import { train as runTraining } from '../training-loop.ts'
import type { Computation } from './stage.ts'

export const train: Computation<'train'> = async ({ options, inputs }, context, warm) =>
  runTraining(context, warm, options, await readArtifact(context.objects, inputs.model))

/** The teacher's logits are computed once, in evaluation mode, for every training example: without augmentation they never change. */
export const distill: Computation<'distill'> = async ({ options, inputs }, context, warm) => {
  const { method, ...training } = options
  const teacher = await readArtifact(context.objects, inputs.teacher)
  const evaluator = await warm.evaluator(teacher.topology.model, options.data, 'train')
  const bound = await warm.network(teacher.topology.model)
  bound.load(teacher.weights)
  const teacherLogits = await evaluator.predict()
  return runTraining(context, warm, training, await readArtifact(context.objects, inputs.model), { method, teacherLogits })
}
