/** Errors in looking up runs and stages by name. */
import { type Facts, factsIn } from '../../dsl/check/problem.ts'
import { StoreProblem } from '../problem.ts'

const most = 8
const listed = (names: readonly string[]): string =>
  names.length <= most ? names.join('\n') : [...names.slice(0, most), `… and ${names.length - most} more`].join('\n')

const of =
  (kind: StoreProblem['kind']) =>
  (title: string, facts: Facts, hint: string): StoreProblem =>
    new StoreProblem({ kind, title, facts: [...factsIn(facts)], hint })

const [unknown, missing] = [of('unknown-name'), of('missing')]

export const historyProblems = {
  noRun: (asked: string, newest: number | undefined) =>
    unknown(
      `There is no run ${asked} in this store.`,
      { 'newest run': newest },
      newest === undefined ? 'Nothing was run here yet: espalier run FILE.' : 'espalier runs lists them.',
    ),

  notFound: (asked: string, near: readonly string[]) =>
    unknown(
      `There is no run and no stage '${asked.slice(0, 200)}' in this store.`,
      { 'near it': listed(near) || undefined },
      'Name a run by its number or as last, a stage by its path as espalier runs and show print it, or by 6 or more digits of its key.',
    ),

  ambiguous: (asked: string, candidates: readonly string[]) =>
    unknown(
      `'${asked.slice(0, 200)}' could be ${candidates.length} stages.`,
      { 'they are': listed(candidates) },
      'Write more of the path or of the key.',
    ),

  noArm: (asked: string, arms: readonly string[]) =>
    unknown(
      `No arm of this run has '${asked.slice(0, 200)}' in its name.`,
      { arms: listed(arms) || undefined },
      'Name a part of one of them: --arm dense',
    ),

  noMetric: (asked: string, metrics: readonly string[]) =>
    unknown(
      `Nothing with '${asked.slice(0, 200)}' in its name was measured.`,
      {
        metrics:
          [...new Set(metrics)]
            .filter((name) => !name.startsWith('density/'))
            .sort()
            .join(', ') || undefined,
      },
      'Name a part of one of them: --metric test/accuracy',
    ),

  noMasks: (path: string) =>
    unknown(`Nothing was removed from the network of ${path}.`, {}, 'Name a stage behind a prune(), or leave --masks out.'),

  noLayer: (asked: string, layers: readonly string[]) =>
    unknown(
      `No layer with '${asked.slice(0, 200)}' in its name has a mask.`,
      { masks: listed(layers) },
      'Name a part of one of them: --masks --layer fc1',
    ),

  notOfStages: (flag: string, path: string) =>
    unknown(`${flag} applies to runs, and ${path} is a stage.`, {}, `Name a run: espalier show last ${flag}`),

  notOfRuns: (flag: string, run: string) =>
    unknown(`${flag} applies to stages, and ${run} is a run.`, {}, `Name a stage as espalier show ${run} prints them, or ${run}:PATH.`),

  noNetwork: (path: string) =>
    unknown(
      `The stage ${path} has given no network yet.`,
      {},
      'Name a stage that is finished and makes one: train, prune, shrink, distill. evaluate and export make none.',
    ),

  /** @param files pipeline files whose runs produced the stage */
  customNetwork: (path: string, files: readonly string[]) =>
    unknown(
      `The network of ${path} is a custom one, and no pipeline file has its function as it was.`,
      files.map((file) => ['looked in', file] as const),
      'Give the --set of its run, or see espalier show: it prints the parameters and MACs of the stage that measured it.',
    ),

  notAlike: (a: string, b: string) =>
    unknown(
      'A run and a stage cannot be compared.',
      { 'a run': a, 'a stage': b },
      'Name two runs or two stages; RUN:PATH is a stage as that run met it.',
    ),

  noLog: (path: string, file: string) =>
    missing(
      `There is no log of ${path}.`,
      { 'looked at': file },
      'Stages that need no worker leave none, and espalier gc removes the logs of the stages it removes.',
    ),
}
