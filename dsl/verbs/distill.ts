import { plain, problem, shown } from '../check/checks.ts'
import distillers, { type DistillMethod, kd } from '../parts/distill.ts'
import type { Described, Distiller, DistillerRecord } from '../parts/distiller.ts'
import type { Facts } from './facts.ts'
import { lacks, lacksLayer } from './needs.ts'

/** As written in the pipeline. */
const verbOf = (kind: string): string => (kind === 'custom' ? 'loss()' : `${kind}()`)

/** The user's method of distill(), as the option of a stage. */
export const distillMethod = (method: unknown): DistillMethod => {
  plain('distill()', method)
  if (method === undefined) return kd().spec as DistillMethod
  if (typeof method === 'object' && method !== null && 'kind' in method && method.kind === 'distiller') {
    return (method as Distiller<never, never>).spec as DistillMethod // made by the constructors of `distillers`
  }
  throw problem(
    'distill() takes a way to learn as its second argument.',
    { verb: 'distill()', value: shown(method) },
    'For example distill(teacher, kd({ temperature: 4 })); how long and how fast to train is the third argument.',
  )
}

/** @throws PipelineProblem for a student and teacher that the types would reject */
export const fitsDistiller = (
  method: DistillMethod,
  student: Described & Pick<Facts['setting'], 'predicts'>,
  teacher: Described,
  teachers: number,
): void => {
  const record: DistillerRecord = distillers[method.kind]
  const { predicts } = student
  if (predicts !== undefined && record.predicts?.includes(predicts) !== true) {
    const others = Object.entries<DistillerRecord>(distillers).filter(([, each]) => each.predicts?.includes(predicts))
    throw problem(
      `${verbOf(method.kind)} learns ${['classes', ...(record.predicts ?? [])].join(' and ')}, and the student predicts ${predicts}.`,
      { verb: 'distill()', 'what learns them': others.map(([kind]) => verbOf(kind)).join(', ') },
      'Choose one of these.',
    )
  }
  const lack = record.lacks?.({ method: { ...method }, student, teacher, teachers })
  if (lack === undefined) return
  if ('layer' in lack) throw lacksLayer('distill()', lack, lack.layer)
  throw lacks('distill()', lack.model, lack.asked, lack.found)
}
