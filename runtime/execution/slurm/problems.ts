/** Error messages about Slurm and its jobs. */
import type { Facts } from '../../../dsl/check/problem.ts'
import { factsIn } from '../../../dsl/check/problem.ts'
import { ExecutorProblem, StageFailure } from '../../problem.ts'

const problem = (title: string, facts: Facts, hint: string) => new ExecutorProblem({ title, facts: [...factsIn(facts)], hint })

const failed = (kind: StageFailure['kind'], transient: boolean) => (title: string, facts: Facts, hint: string) =>
  new StageFailure({ kind, transient, title, facts: [...factsIn(facts)], hint })
const lost = failed('worker-lost', true)
const inVain = failed('worker-lost', false)

const again = 'It is resubmitted and continues from its last checkpoint.'

/** Slurm cannot be used: the run ends. */
export const slurmProblems = {
  absent: (command: string, reason: string) =>
    problem(
      'Slurm is not available here.',
      { command, reason },
      'Run the command on a login node, where `squeue` works. To run the stages on this machine, omit --on slurm.',
    ),

  store: (store: string) =>
    problem(
      'Slurm jobs exchange files with the run through the store, so the store cannot be a database.',
      { store },
      'Use a folder that all nodes can access: --store DIR.',
    ),

  notTaken: (reason: string, options: readonly string[]) =>
    problem(
      'Slurm rejected the first job.',
      { 'sbatch output': reason, options: options.join(' ') },
      'Change --partition, --account, --time, --gres, --sbatch, or the resources of the stage. `sinfo` and `sacctmgr show assoc user=$USER` list the valid values.',
    ),

  notOurs: (folder: string) =>
    problem(
      'The folder for messages between jobs and the run does not belong to you.',
      { folder },
      'Remove the folder, or choose another store: --store DIR.',
    ),

  /** The first job's node lacks something. */
  node: (title: string, facts: Facts, hint: string) => problem(title, facts, hint),
}

export const slurmFailures = {
  notTaken: (reason: string, options: readonly string[]) =>
    failed('bad-input', false)(
      'Slurm rejected the job of the stage.',
      { 'sbatch output': reason, options: options.join(' ') },
      'Change the resources of the stage.',
    ),

  notAMessage: (file: string, reason: string) =>
    lost(
      'A message file of a job is invalid and was ignored.',
      { file, reason: reason.slice(0, 500) },
      'The job is resubmitted. If the problem persists, check whether another program writes to this folder.',
    ),

  unreadable: (file: string, cause: unknown) => lost('A message file of a job cannot be read.', { file, reason: String(cause) }, again),

  refused: (title: string, facts: Facts, hint: string) => lost(title, facts, `${hint} The stage is resubmitted to other nodes.`),

  /** The run no longer needs it. */
  ended: () => lost('The job of the stage was cancelled by this run.', {}, again),

  cancelled: (job: string, node: string | undefined) => lost('Somebody cancelled the job of the stage.', { job, node }, again),

  nodeLost: (job: string, node: string | undefined, state: string) =>
    lost('The node that computed the stage was lost.', { job, node, 'Slurm state': state }, again),

  silent: (job: string, node: string | undefined, seconds: number) =>
    lost(
      `The job sent no heartbeat for ${Math.round(seconds)} seconds, although Slurm lists it as running. It was cancelled.`,
      { job, node },
      again,
    ),

  gone: (job: string | undefined, state: string | undefined, lastWords: string) =>
    lost(
      'The job of the stage disappeared without an outcome.',
      { job, 'Slurm state': state ?? 'unknown job', 'last output': lastWords || undefined },
      again,
    ),

  /** It wrote no message, not even one about a missing requirement of the node. */
  neverBegan: (job: string | undefined, node: string | undefined, state: string, folder: string, lastWords: string) =>
    lost(
      'The job of the stage ended before its first message.',
      { job, node, 'Slurm state': state, 'last output': lastWords || undefined, folder },
      `Check that the node can access this folder. ${again}`,
    ),

  outOfMemory: (job: string, node: string | undefined) =>
    failed('out-of-memory', true)(
      'Slurm ended the job of the stage because it exceeded its memory limit.',
      { job, node },
      "Request more memory: resources: { memory: '16 GB' }. Remaining retries use all the memory of a node.",
    ),

  /** Two submissions ended at the same step, or one ended without a checkpoint. */
  timeTooShort: (step: number | undefined) =>
    inVain(
      'The time limit of the Slurm job is too short: the stage made no progress.',
      { step: step ?? 'none' },
      'Increase it with --time, or time in its resources. Only trainings continue from checkpoints; other stages must finish within one job.',
    ),
}
