/** Training and distillation: the same loop, with another lesson. */
import { readArtifact } from '../store/artifact.ts'
import { train as runTraining } from '../training/training-loop.ts'
import { arranged, fromLabels } from '../worker/lesson.ts'
import { type Computation, inRole } from './stage.ts'

export const train: Computation<'train'> = async ({ options, inputs }, context, cache) =>
  runTraining(context, cache, options, await readArtifact(context.objects, inputs.model), fromLabels)

export const distill: Computation<'distill'> = async ({ options, inputs }, context, cache) => {
  const teachers = await Promise.all(inRole(inputs, 'teacher').map((digest) => readArtifact(context.objects, digest)))
  const { network, lesson } = await arranged(cache, options, await readArtifact(context.objects, inputs.model), teachers)
  return runTraining(context, cache, options, network, lesson)
}
