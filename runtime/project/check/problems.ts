/** Every sentence about a pipeline file whose types are wrong, or cannot be checked. */
import { type Fact, type Facts, factsIn } from '../../../dsl/check/problem.ts'
import { codeFrame } from '../../format/code-frame.ts'
import { CheckProblem } from '../../problem.ts'
import type { Fault } from './fault.ts'

const problem = (title: string, facts: Facts, hint: string, faults: readonly Fault[] = []): CheckProblem =>
  new CheckProblem({ title, facts: [...factsIn(facts)], hint, faults })

export const checkProblems = {
  /** One speaks for itself; several are told in the order in which they stand in the files. */
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
    // Of its own words alone: a sentence of the language's is the same whoever judges.
    const facts = faults.some(({ hint }) => hint === '') ? [...told, ['compiler', judgedBy] as const] : told
    const title = faults.length === 1 ? 'The pipeline file has a type error.' : `The pipeline file has ${faults.length} type errors.`
    return problem(title, facts, 'Correct the file; --no-check runs it without looking at its types.', faults)
  },

  configuration: (file: string, message: string) =>
    problem(
      'The tsconfig.json of the pipeline file cannot be used.',
      { file, error: message },
      'Correct it; --no-check runs the file without looking at its types.',
    ),

  /** A limit of the checker's, not of the file's. */
  failed: (file: string, message: string) =>
    problem('The types of the pipeline file could not be checked.', { file, error: message }, 'Run with --no-check.'),
}
