import { problem, shown } from '../check/checks.ts'
import { why } from '../check/why.ts'
import { isEnsemble, isPipeline, type PipelineExpr } from '../graph/expr.ts'
import { type Facts, factsOf } from './facts.ts'
import { refuseOtherMeaning } from './meaning.ts'

interface Teachers {
  readonly nodes: readonly PipelineExpr[]
  readonly setting: Facts['setting']
}

/**
 * The teachers of a student: a pipeline, or an ensemble. @throws PipelineProblem for untrained teachers, and for teachers that predict
 * something else
 */
export const teachersOf = (given: unknown, { setting: student }: Facts): Teachers => {
  const refused = (found: string): Error =>
    problem(why.distill.title, { verb: 'distill()', teacher: found, student: `predicts ${student.arch.classes} classes` }, why.distill.hint)
  const facts = factsOf(given)
  if (facts === undefined || !(isPipeline(given) || isEnsemble(given))) throw refused(shown(given))
  const { weights, setting } = facts
  if (weights !== 'trained') throw refused(`a pipeline with ${weights} weights`)
  if (setting.arch.classes !== student.arch.classes) throw refused(`a pipeline that predicts ${setting.arch.classes} classes`)
  refuseOtherMeaning('distill()', { student, teacher: setting })
  return { nodes: isEnsemble(given) ? given.node.members : [given.node], setting }
}
