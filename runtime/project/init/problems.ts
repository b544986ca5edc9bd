/** Every sentence about a folder that cannot be given a starter project. */
import { type Facts, factsIn } from '../../../dsl/check/problem.ts'
import { LoadProblem } from '../../problem.ts'

const problem = (title: string, facts: Facts, hint: string): LoadProblem => new LoadProblem({ title, facts: [...factsIn(facts)], hint })

export const initProblems = {
  notAFolder: (path: string) => problem('A project is a folder, and this is a file.', { path }, 'Name another: espalier init FOLDER'),

  cannotWrite: (folder: string, message: string) =>
    problem('The starter project could not be written.', { folder, error: message }, 'Choose a folder that you may write to.'),
}
