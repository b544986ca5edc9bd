/** Every sentence about Slurm and its jobs. */
import type { Facts } from '../../../dsl/check/problem.ts'
import { factsIn } from '../../../dsl/check/problem.ts'
import { ExecutorProblem, StageFailure } from '../../problem.ts'

const problem = (title: string, facts: Facts, hint: string) => new ExecutorProblem({ title, facts: [...factsIn(facts)], hint })

const failed = (kind: StageFailure['kind'], transient: boolean) => (title: string, facts: Facts, hint: string) =>
  new StageFailure({ kind, transient, title, facts: [...factsIn(facts)], hint })
const lost = failed('worker-lost', true)
const inVain = failed('worker-lost', false)

const again = 'It is submitted again and goes on from its last checkpoint.'

/** Nothing can be computed there: the run ends. */
export const slurmProblems = {
  absent: (command: string, reason: string) =>
    problem(
      'There is no Slurm that this run could submit jobs to.',
      { command, reason },
      'Run it on a login node, where `squeue` answers. Without Slurm, leave out --on slurm: stages are then computed on this machine.',
    ),

  store: (store: string) =>
    problem(
      'Jobs of Slurm exchange files with the run through the store, and this store is a database.',
      { store },
      'Name a folder that all nodes see: --store DIR.',
    ),

  notTaken: (reason: string, options: readonly string[]) =>
    problem(
      'Slurm did not take the first job.',
      { 'sbatch says': reason, options: options.join(' ') },
      'Change --partition, --account, --time, --gres, --sbatch, or what a stage asks for in its resources. `sinfo` and `sacctmgr show assoc user=$USER` list what there is.',
    ),

  notOurs: (folder: string) =>
    problem(
      'The folder through which jobs and the run exchange files does not belong to you.',
      { folder },
      'Remove what is there, or choose another store: --store DIR.',
    ),

  /** The first job's node lacks something. */
  node: (title: string, facts: Facts, hint: string) => problem(title, facts, hint),
}

export const slurmFailures = {
  notTaken: (reason: string, options: readonly string[]) =>
    failed('bad-input', false)(
      'Slurm did not take the stage.',
      { 'sbatch says': reason, options: options.join(' ') },
      'Change what it asks for in its resources.',
    ),

  notAMessage: (file: string, reason: string) =>
    lost(
      'A file in the folder that nodes and login node share is not what Espalier writes there; it was not used.',
      { file, reason: reason.slice(0, 500) },
      'It is submitted again. If that does not help, look for what else writes into this folder.',
    ),

  unreadable: (file: string, cause: unknown) =>
    lost('A file in the folder that nodes and login node share cannot be read.', { file, reason: String(cause) }, again),

  refused: (title: string, facts: Facts, hint: string) => lost(title, facts, `${hint} The stage is submitted again, for other nodes.`),

  /** The run wants no more of it. */
  ended: () => lost('The job of the stage was cancelled by this run.', {}, again),

  cancelled: (job: string, node: string | undefined) => lost('Somebody cancelled the job of the stage.', { job, node }, again),

  nodeLost: (job: string, node: string | undefined, state: string) =>
    lost('The node that computed the stage was lost.', { job, node, 'Slurm says': state }, again),

  silent: (job: string, node: string | undefined, seconds: number) =>
    lost(
      `The job gave no sign of life for ${Math.round(seconds)} seconds, although Slurm says that it runs; it was cancelled.`,
      { job, node },
      again,
    ),

  gone: (job: string | undefined, state: string | undefined, lastWords: string) =>
    lost(
      'The job of the stage is gone, and has left no outcome.',
      { job, 'Slurm says': state ?? 'nothing: it does not know the job', 'last words': lastWords || undefined },
      again,
    ),

  /** It never said anything: not even that the node lacks something. */
  neverBegan: (job: string | undefined, node: string | undefined, state: string, folder: string, lastWords: string) =>
    lost(
      'The job of the stage ended before it could say anything.',
      { job, node, 'Slurm says': state, 'last words': lastWords || undefined, folder },
      `Look whether the node sees this folder. ${again}`,
    ),

  outOfMemory: (job: string, node: string | undefined) =>
    failed('out-of-memory', true)(
      'Slurm ended the job of the stage because it took more memory than it was given.',
      { job, node },
      "Ask for more: resources: { memory: '16 GB' }. As long as attempts are left, it is tried again with all the memory of a node.",
    ),

  /** Two submissions, or one that could not write a checkpoint, came to the same step. */
  timeTooShort: (step: number | undefined) =>
    inVain(
      'The time that Slurm gives the job is too short: the stage got no further in it.',
      { step: step ?? 'none' },
      'Give it more: --time, or time in its resources. Only trainings go on from checkpoints; other stages need the time for all of their work.',
    ),
}
