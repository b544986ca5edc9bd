/**
 * Selects the message for a file with wrong types. Some types carry a message of the language; the error of a verb that rejects its
 * arguments when the file is loaded is better still, because it contains the values.
 */
import { type CheckProblem, LoadProblem } from '../../problem.ts'
import type { Fault } from './fault.ts'
import { checkProblems } from './problems.ts'

/**
 * @param judgedBy the compiler, in words
 * @param refused the error of loading the file, if loading failed
 */
export function typeProblem(faults: readonly Fault[], judgedBy: string, refused: unknown): CheckProblem | LoadProblem {
  if (!(refused instanceof LoadProblem)) return checkProblems.faults(faults, judgedBy)
  const { title, facts, hint } = refused
  const at = facts.find(([label]) => label === 'at')?.[1] ?? ''
  const isHere = (fault: Fault) => lineOf(fault.at) === lineOf(at)
  const others = faults.filter((fault) => !isHere(fault))
  if (others.length === 0) return refused
  const [only] = faults
  // The compiler marks the call of a function; the verb inside it rejects the value.
  if (faults.length === 1 && only!.hint === '') return new LoadProblem({ title, facts: [...facts, ['used at', only!.at]], hint })
  const first = faults.findIndex(isHere)
  return checkProblems.faults(
    faults.flatMap((fault, i) => (i === first ? { at, title, hint } : isHere(fault) ? [] : fault)),
    judgedBy,
  )
}

/** Without the column: the compiler marks an argument, a verb its own name. */
const lineOf = (at: string): string => at.replace(/:\d+$/, '')
