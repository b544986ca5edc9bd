/** Flags of `run --on slurm`. */
import * as Flag from 'effect/cli/Flag'
import { wrongSbatchOption } from '../../dsl/parts/sbatch-option.ts'
import { maybe, seconds } from './flags.ts'

const word = (name: string, description: string) =>
  maybe(
    Flag.String(name).pipe(
      Flag.filter(
        (text) => /^[^\s-]\S*$/.test(text),
        () => 'a text without spaces, as sbatch takes it',
      ),
      Flag.withDescription(description),
    ),
  )

/** For `run --on slurm`. A stage's own resources take precedence. */
export const slurmFlags = {
  partition: word('partition', 'with --on slurm: the partition for jobs'),
  account: word('account', 'with --on slurm: the account to charge'),
  time: word('time', 'with --on slurm: time limit of each job, as D-HH:MM:SS or minutes; a longer training continues in another job'),
  gres: word('gres', 'with --on slurm: generic resources of each job, such as gpu:a100:1 (with --device gpu: gpu:1)'),
  sbatch: Flag.String('sbatch').pipe(
    Flag.filter(
      (text) => wrongSbatchOption(text) === undefined,
      (text) => `an option as --constraint=ib; ${wrongSbatchOption(text)}`,
    ),
    Flag.withDescription('with --on slurm: another option of sbatch, as --sbatch=--constraint=ib; repeatable'),
    Flag.atLeast(0),
  ),
  grace: seconds(
    'grace',
    120,
    'with --on slurm: a job writes a checkpoint and ends this many seconds before its time limit; the next job continues',
  ),
  poll: seconds('poll', 15, 'with --on slurm: seconds between squeue calls; one call covers all jobs'),
}
