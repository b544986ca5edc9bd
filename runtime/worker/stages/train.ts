/** Training and distillation: the same loop, with another lesson. */
import { readArtifact } from '../../store/artifact.ts'
import type { Digest } from '../../store/store.ts'
import { arranged, fromLabels } from '../lesson.ts'
import { train as runTraining } from '../training-loop.ts'
import type { Computation } from './stage.ts'

export const train: Computation<'train'> = async ({ options, inputs }, context, warm) =>
  runTraining(context, warm, options, await readArtifact(context.objects, inputs.model), fromLabels)

export const distill: Computation<'distill'> = async ({ options, inputs }, context, warm) => {
  const { model, teacher, ...others } = inputs
  const names = Object.keys(others).toSorted((a, b) => teacherNumber(a) - teacherNumber(b))
  const digests = [teacher, ...names.map((name) => others[name as keyof typeof others])] as readonly Digest[]
  const teachers = await Promise.all(digests.map((digest) => readArtifact(context.objects, digest)))
  const { network, lesson } = await arranged(warm, options, await readArtifact(context.objects, model), teachers)
  return runTraining(context, warm, options, network, lesson)
}

/** `teacher2` → 2. */
const teacherNumber = (role: string): number => Number(role.slice('teacher'.length))
