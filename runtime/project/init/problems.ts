/** Every sentence about a folder that cannot be given a starter project. */
import { LoadProblem } from '../../problem.ts'

const problem = (title: string, facts: readonly (readonly [string, string])[], hint: string): LoadProblem =>
  new LoadProblem({ title, facts: facts.map(([label, value]) => [label, value] as const), hint })

export const initProblems = {
  notAFolder: (path: string) =>
    problem('A project is a folder, and this is a file.', [['path', path]], 'Name another: espalier init FOLDER'),

  cannotWrite: (folder: string, message: string) =>
    problem(
      'The starter project could not be written.',
      [
        ['folder', folder],
        ['error', message],
      ],
      'Choose a folder that you may write to.',
    ),
}
