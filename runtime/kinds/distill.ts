/** Distillation: the usual training loop with an objective that includes the teachers' outputs. */
import { prepareDistillation } from '../../stdlib/distill/registry.ts'
import { readArtifact } from '../store/artifact.ts'
import { train as runTraining } from '../training/train.ts'
import { type Computation, inRole } from './stage.ts'

export const distill: Computation<'distill'> = async ({ options, inputs }, context, cache) => {
  const teachers = await Promise.all(inRole(inputs, 'teacher').map((digest) => readArtifact(context.objects, digest)))
  const student = await readArtifact(context.objects, inputs.model)
  const { network, objective } = await prepareDistillation(options, student, teachers, cache)
  return runTraining(context, cache, options, network, objective)
}
