/** Errors of the page's server. */
import { LoadProblem } from '../problem.ts'

const problem = (title: string, facts: readonly (readonly [string, string])[], hint: string): LoadProblem =>
  new LoadProblem({ title, facts, hint })

export const uiProblems = {
  badQuery: (name: string, allowed: string) =>
    problem(`${name} has a value that is not allowed.`, [['allowed', allowed]], 'Go back to the page and choose again.'),

  storeGone: (location: string) =>
    problem(
      'A store of this page was removed, or another one made in its place.',
      [['store', location]],
      'The page shows what was there before. Start it again: espalier ui',
    ),

  noFile: () =>
    problem('No pipeline file was named.', [], 'Name it to see its study and its graph: espalier ui FILE. What was run is under Runs.'),

  noStore: (number: number, stores: number) =>
    problem(`There is no store ${number}.`, [['stores', String(stores)]], 'Choose one that is listed at the top of the page.'),

  tooLarge: (bytes: number, most: number, place: string) =>
    problem(
      'This file is too large to be sent through the page.',
      [
        ['bytes', String(bytes)],
        ['at most', String(most)],
        ['it lies at', place],
      ],
      'Copy it from that folder.',
    ),

  portTaken: (port: number, why: string) =>
    problem(`Port ${port} cannot be used.`, [['because', why]], 'Name another one, or 0 for any that is free: --port 0'),

  notBuilt: (folder: string) => problem('The page was not built.', [['looked in', folder]], 'Build it: npm run build'),
}
