/** What methods ask of networks, checked where types are not. */

import { problem } from '../check/checks.ts'
import type { DistillMethod, Spec } from '../graph/stage-options.ts'
import type { Arch } from '../parts/arch.ts'
import { isStructured, layersNamed, type PrunerSpec } from '../parts/pruner.ts'

interface Described {
  readonly arch: Arch
  readonly model: Spec
}

/** @throws PipelineProblem for layers that the network lacks, and criteria that look at what it lacks */
export const fitsPruner = (verb: string, { arch, model }: Described, spec: PrunerSpec): void => {
  for (const layer of layersNamed(spec)) hasLayer(verb, { arch, model }, layer)
  const { kind } = spec.criterion
  if (isStructured(spec.criterion) && arch.channels !== 'has channels') lacks(verb, model, `${kind}() removes channels`, arch.channels)
  if (kind === 'slimming' && arch.norm !== 'batch-norm') lacks(verb, model, `${kind}() looks at batch norm`, arch.norm)
}

/** @throws PipelineProblem as the types would, for a student and what it learns from */
export const fitsDistiller = (method: DistillMethod, student: Described, teacher: Described, teachers: number): void => {
  const { kind } = method
  if ((kind === 'fitnet' || kind === 'simkd') && teachers !== 1) {
    lacks('distill()', teacher.model, `${kind}() looks into one teacher`, `an ensemble of ${teachers}`)
  }
  if (kind === 'fitnet') {
    hasLayer('distill()', student, method.student)
    hasLayer('distill()', teacher, method.teacher)
  }
  if (kind === 'simkd') {
    const flat = [student, teacher].find(({ arch }) => arch.features !== 'feature map')
    if (flat !== undefined) lacks('distill()', flat.model, 'simkd() reads the last feature map', flat.arch.features)
  }
  if (kind === 'latentBE' && (student.arch.members !== teachers || teachers < 2)) {
    lacks('distill()', student.model, 'latentBE() gives each member a teacher of its own', `${student.arch.members} for ${teachers}`)
  }
}

const hasLayer = (verb: string, { arch, model }: Described, layer: string): void => {
  if (Object.hasOwn(arch.layers, layer)) return
  throw problem(
    `${model.name} has no layer called '${layer}'.`,
    [
      ['verb', verb],
      ['layers', Object.keys(arch.layers).join(', ')],
    ],
    'Name one of its layers.',
  )
}

const lacks = (verb: string, model: Spec, asked: string, found: string): never => {
  throw problem(
    `${asked}, and ${model.name} does not fit.`,
    [
      ['verb', verb],
      ['network', model.name],
      ['has', found],
    ],
    'Choose another network, or another method.',
  )
}
