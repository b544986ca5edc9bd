/** Error messages about stages on other machines. */
import type { Fact, ProblemText } from '../../../dsl/check/problem.ts'
import { StageFailure, StoreProblem } from '../../problem.ts'
import type { CrewMember } from '../../store/shared-work.ts'

const failed = (kind: StageFailure['kind'], transient: boolean, title: string, facts: readonly Fact[], hint: string): StageFailure =>
  new StageFailure({ kind, transient, title, facts: [...facts], hint })

export const clusterProblems = {
  noDatabase: (location: string) =>
    new StoreProblem({
      kind: 'unreachable',
      title: 'This store is not in a database, so other machines cannot use it.',
      facts: [['store', location]],
      hint: 'Use a store in a database: --store postgres://user@host/name (or ESPALIER_STORE), with --objects for a new one.',
    }),

  detachHere: () =>
    new StoreProblem({
      kind: 'unreachable',
      title: '--detach leaves a run to workers on other machines, but this run uses none.',
      facts: [],
      hint: 'Add --on cluster, with a store in a database.',
    }),

  detachUntold: () =>
    new StoreProblem({
      kind: 'unreachable',
      title: 'With --detach, this process exits before the run ends and cannot report to a tracker.',
      facts: [],
      hint: 'Omit --tensorboard and --mlflow. When the run is done, run the file again with them: results and curves are read from the store.',
    }),

  unknownRun: (id: string, known: readonly string[]) =>
    new StoreProblem({
      kind: 'unknown-name',
      title: `No detached run begins with '${id}'.`,
      facts: [['detached runs', known.join(', ') || 'none']],
      hint: 'espalier workers lists them. To end a run in a terminal, press Ctrl-C there.',
    }),

  noKind: () =>
    new StoreProblem({
      kind: 'unreachable',
      title: 'No worker is on a kind of machine that can run all stages.',
      facts: [],
      hint: 'Start one first: espalier worker --store …; or omit --same-machine-kind.',
    }),

  filesHere: (path: string) =>
    new StoreProblem({
      kind: 'io',
      title: 'export() and pretrained() need files on the machine of the run command, which exits with --detach.',
      facts: [['stage', path]],
      hint: 'Omit --detach, or first run this stage without it.',
    }),

  readOnlyWorker: (location: string) =>
    new StoreProblem({
      kind: 'read-only',
      title: 'This worker cannot write to the store, so it cannot save results.',
      facts: [['store', location]],
      hint: 'Give write permission for the database and the objects to its user.',
    }),

  /** @param queue required device and memory, as `queueOf` gives them */
  nobodyTakes: (path: string, queue: string, numerics: string | undefined, members: readonly CrewMember[]): ProblemText => {
    const [device, gigabytes] = queue.split('/')
    const workers = members.map(({ by, facts }) => {
      const { device, version, numerics: kind, memory, draining } = facts
      const more = [device, `${Math.round(memory / 1e9)} GB`, `version ${version}`, `kind ${kind}`, ...(draining ? ['draining'] : [])]
      return ['worker', `${by}: ${more.join(', ')}`] as const
    })
    return {
      title: members.length === 0 ? 'There is no worker for the stages.' : 'No worker can run the waiting stages.',
      facts: [
        ['first stage', path],
        ['requires', [device === 'any' ? 'any device' : device, `${gigabytes} GB`, ...(numerics ? [`kind ${numerics}`] : [])].join(', ')],
        ...workers,
      ],
      hint: 'Start a worker on another machine, or on this machine in another terminal: espalier worker --store … The run waits for it.',
    }
  },

  otherMeaning: (path: string) =>
    failed(
      'invariant',
      false,
      'This worker computes another key for the stage than the machine that planned it.',
      [['stage', path]],
      'The machines have different builds of Espalier. Install the same build on all machines.',
    ),

  noCode: (bundle: string) =>
    failed('function', false, 'The code of the pipeline is no longer in the store.', [['bundle', bundle]], 'Run again to send it again.'),

  noData: (name: string, digest: string) =>
    failed(
      'bad-input',
      true,
      `The data set ${name} is neither on the worker's machine nor in the store.`,
      [['content', digest]],
      'Run again to send it again.',
    ),
}
