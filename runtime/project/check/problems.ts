/** Error messages about pipeline files whose types are wrong or cannot be checked. */
import { type Fact, type Facts, factsIn } from '../../../dsl/check/problem.ts'
import { codeFrame } from '../../format/code-frame.ts'
import { CheckProblem } from '../../problem.ts'
import type { Fault } from './fault.ts'

const problem = (title: string, facts: Facts, hint: string, faults: readonly Fault[] = []): CheckProblem =>
  new CheckProblem({ title, facts: [...factsIn(facts)], hint, faults })

export const checkProblems = {
  /** A single error is the problem itself; several are listed in the order of the files. */
  faults: (faults: readonly Fault[], judgedBy: string) => {
    const [first] = faults
    if (faults.length === 1 && first !== undefined && first.hint !== '') {
      const { at, title, hint } = first
      return problem(title, [['at', at], ...codeFrame(at)], hint, faults)
    }
    const told = faults.flatMap(({ at, title, hint }): Fact[] => [
      ['at', at],
      ['error', hint === '' ? title : `${title} ${hint}`],
      ...codeFrame(at),
    ])
    // Only for the compiler's own messages: Espalier's do not depend on the compiler.
    const facts = faults.some(({ hint }) => hint === '') ? [...told, ['compiler', judgedBy] as const] : told
    const title = faults.length === 1 ? 'The pipeline file has a type error.' : `The pipeline file has ${faults.length} type errors.`
    return problem(title, facts, 'Correct the file, or use --no-check to run it without a type check.', faults)
  },

  configuration: (file: string, message: string) =>
    problem(
      'The tsconfig.json of the pipeline file cannot be used.',
      { file, error: message },
      'Correct it, or use --no-check to run the file without a type check.',
    ),

  /** A limit of the checker, not an error in the file. */
  failed: (file: string, message: string) =>
    problem('The types of the pipeline file could not be checked.', { file, error: message }, 'Run with --no-check.'),
}
