/** Every sentence said about runs and stages that are asked for by name. */
import { StoreProblem } from '../problem.ts'

const most = 8
const listed = (names: readonly string[]): string =>
  names.length <= most ? names.join('\n') : [...names.slice(0, most), `… and ${names.length - most} more`].join('\n')

export const historyProblems = {
  noRun: (asked: string, newest: number | undefined) =>
    new StoreProblem({
      kind: 'unknown-name',
      title: `There is no run ${asked} in this store.`,
      facts: newest === undefined ? [] : [['newest run', String(newest)]],
      hint: newest === undefined ? 'Nothing was run here yet: espalier run FILE.' : 'espalier runs lists them.',
    }),

  notFound: (asked: string, near: readonly string[]) =>
    new StoreProblem({
      kind: 'unknown-name',
      title: `There is no run and no stage '${asked.slice(0, 200)}' in this store.`,
      facts: near.length === 0 ? [] : [['near it', listed(near)]],
      hint: 'Name a run by its number or as last, a stage by its path as espalier runs and show print it, or by 6 or more digits of its key.',
    }),

  ambiguous: (asked: string, candidates: readonly string[]) =>
    new StoreProblem({
      kind: 'unknown-name',
      title: `'${asked.slice(0, 200)}' could be ${candidates.length} stages.`,
      facts: [['they are', listed(candidates)]],
      hint: 'Write more of the path or of the key.',
    }),

  noNetwork: (path: string) =>
    new StoreProblem({
      kind: 'unknown-name',
      title: `The stage ${path} has given no network yet.`,
      facts: [],
      hint: 'Name a stage that is finished and makes one: train, prune, shrink, distill. evaluate and export make none.',
    }),

  /** @param files those that led to the stage */
  customNetwork: (path: string, files: readonly string[]) =>
    new StoreProblem({
      kind: 'unknown-name',
      title: `The network of ${path} is of your own, and no pipeline file has its function as it was.`,
      facts: files.map((file) => ['looked in', file] as const),
      hint: 'Give the --set of its run, or see espalier show: it prints the parameters and MACs of the stage that measured it.',
    }),

  notAlike: (a: string, b: string) =>
    new StoreProblem({
      kind: 'unknown-name',
      title: 'A run and a stage cannot be compared.',
      facts: [
        ['a run', a],
        ['a stage', b],
      ],
      hint: 'Name two runs or two stages; RUN:PATH is a stage as that run met it.',
    }),

  noLog: (path: string, file: string) =>
    new StoreProblem({
      kind: 'missing',
      title: `There is no log of ${path}.`,
      facts: [['looked at', file]],
      hint: 'Stages that need no worker leave none, and espalier gc removes the logs of the stages it removes.',
    }),
}
