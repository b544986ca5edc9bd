/**
 * A file whose types are wrong, told by the language's own sentences. Some types carry one; what a verb refuses when the file is loaded all
 * the same says more than either: it has the values.
 */
import { type CheckProblem, LoadProblem } from '../../problem.ts'
import type { Fault } from './fault.ts'
import { checkProblems } from './problems.ts'

/**
 * @param judgedBy the compiler, in words
 * @param refused what loading the file ended in, if it did not load
 */
export function typeProblem(faults: readonly Fault[], judgedBy: string, refused: unknown): CheckProblem | LoadProblem {
  if (!(refused instanceof LoadProblem)) return checkProblems.faults(faults, judgedBy)
  const { title, facts, hint } = refused
  const at = facts.find(([label]) => label === 'at')?.[1] ?? ''
  const isHere = (fault: Fault) => lineOf(fault.at) === lineOf(at)
  const others = faults.filter((fault) => !isHere(fault))
  if (others.length === 0) return refused
  const [only] = faults
  // The compiler marks where a function is applied, the verb inside it refuses.
  if (faults.length === 1 && only!.hint === '') return new LoadProblem({ title, facts: [...facts, ['used at', only!.at]], hint })
  const first = faults.findIndex(isHere)
  return checkProblems.faults(
    faults.flatMap((fault, i) => (i === first ? { at, title, hint } : isHere(fault) ? [] : fault)),
    judgedBy,
  )
}

/** Without the column: the compiler marks an argument where a verb names itself. */
const lineOf = (at: string): string => at.replace(/:\d+$/, '')
