/** Every sentence about stages on other machines. */
import type { Fact, ProblemText } from '../../../dsl/check/problem.ts'
import { StageFailure, StoreProblem } from '../../problem.ts'
import type { CrewMember } from '../../store/shared-work.ts'

const failed = (kind: StageFailure['kind'], transient: boolean, title: string, facts: readonly Fact[], hint: string): StageFailure =>
  new StageFailure({ kind, transient, title, facts: [...facts], hint })

export const clusterProblems = {
  noDatabase: (location: string) =>
    new StoreProblem({
      kind: 'unreachable',
      title: 'Other machines cannot see this store, so they cannot compute for it.',
      facts: [['store', location]],
      hint: 'Name one in a database: --store postgres://user@host/name (or ESPALIER_STORE), with --objects for a new one.',
    }),

  detachHere: () =>
    new StoreProblem({
      kind: 'unreachable',
      title: '--detach leaves a run to workers on other machines, and this run has none.',
      facts: [],
      hint: 'Add --on cluster, with a store in a database.',
    }),

  detachUntold: () =>
    new StoreProblem({
      kind: 'unreachable',
      title: '--detach leaves a run to the workers, so no process here could report to a tracker.',
      facts: [],
      hint: 'Leave out --tensorboard and --mlflow, and run the file again with them when it is done: results and curves come from the store.',
    }),

  unknownRun: (id: string, known: readonly string[]) =>
    new StoreProblem({
      kind: 'unknown-name',
      title: `No detached run begins with '${id}'.`,
      facts: [['there are', known.join(', ') || 'none']],
      hint: 'espalier workers lists them. A run in a terminal is ended there, with Ctrl-C.',
    }),

  noKind: () =>
    new StoreProblem({
      kind: 'unreachable',
      title: 'There is no worker yet whose kind of machine all stages could be computed on.',
      facts: [],
      hint: 'Start one first: espalier worker --store …; or leave --same-machine-kind out.',
    }),

  filesHere: (path: string) =>
    new StoreProblem({
      kind: 'io',
      title: 'The files of export() and pretrained() are on the machine of the command that runs them, and with --detach there is none.',
      facts: [['stage', path]],
      hint: 'Leave --detach out, or let a run without it do that stage first.',
    }),

  readOnlyWorker: (location: string) =>
    new StoreProblem({
      kind: 'read-only',
      title: 'The store cannot be written from here, so this worker could not keep results.',
      facts: [['store', location]],
      hint: 'Give the user of the database and of the objects the right to write.',
    }),

  /** @param queue what the stage asks for */
  nobodyTakes: (path: string, queue: string, numerics: string | undefined, members: readonly CrewMember[]): ProblemText => {
    const [device, gigabytes] = queue.split('/')
    const workers = members.map(({ by, facts }) => {
      const { device, version, numerics: kind, memory, draining } = facts
      const more = [device, `${Math.round(memory / 1e9)} GB`, `version ${version}`, `kind ${kind}`, ...(draining ? ['draining'] : [])]
      return ['worker', `${by}: ${more.join(', ')}`] as const
    })
    return {
      title: members.length === 0 ? 'There is no worker to compute the stages.' : 'No worker takes the stages that wait.',
      facts: [
        ['first stage', path],
        ['asks for', [device === 'any' ? 'any device' : device, `${gigabytes} GB`, ...(numerics ? [`kind ${numerics}`] : [])].join(', ')],
        ...workers,
      ],
      hint: 'Start one on another machine, or on this one in another terminal: espalier worker --store … The run waits for it.',
    }
  },

  otherMeaning: (path: string) =>
    failed(
      'invariant',
      false,
      'The stage means something else to this worker than to whoever planned it.',
      [['stage', path]],
      'The two have different builds of Espalier: install the same one on all machines.',
    ),

  noCode: (bundle: string) =>
    failed(
      'function',
      false,
      'The code of the pipeline is not in the store any more.',
      [['bundle', bundle]],
      'Run again: it is sent again.',
    ),

  noData: (name: string, digest: string) =>
    failed(
      'bad-input',
      true,
      `The data set ${name} can be had neither on the worker's machine nor from the store.`,
      [['content', digest]],
      'Run again: it is sent again.',
    ),
}
