/** Error messages of `init`. */
import { type Facts, factsIn } from '../../../dsl/check/problem.ts'
import { LoadProblem } from '../../problem.ts'

const problem = (title: string, facts: Facts, hint: string): LoadProblem => new LoadProblem({ title, facts: [...factsIn(facts)], hint })

export const initProblems = {
  notAFolder: (path: string) =>
    problem('The path of the project must be a folder, but this is a file.', { path }, 'Choose another: espalier init FOLDER'),

  cannotWrite: (folder: string, message: string) =>
    problem('The starter project could not be written.', { folder, error: message }, 'Choose a folder with write permission.'),
}
