/** What a run and its stages ask of Slurm, as sbatch takes it. */
import type { SlurmResources, StageResources } from '../../../dsl/graph/stage.ts'
import type { Demand } from '../executor.ts'
import type { Job } from '../protocol.ts'
import { limitSignal } from './script.ts'

/** By the command line; what a stage asks for in its resources goes before it. */
export interface SlurmAsked extends SlurmResources {
  /** Seconds before the time limit at which a stage writes its checkpoint. */
  readonly grace: number
  /** Seconds between two questions to Slurm. */
  readonly poll: number
}

const namesGpu = (gres: string | undefined): boolean => gres !== undefined && /(^|,)(gres[/:])?gpu\b/.test(gres)

/** @param unfit nodes that lack something */
export function sbatchOptions(
  { engine, threads }: Pick<Job, 'engine' | 'threads'>,
  { bytes }: Pick<Demand, 'bytes'>,
  asked: StageResources | undefined,
  run: SlurmAsked,
  unfit: ReadonlySet<string> = new Set(),
): string[] {
  const onGpu = engine.gpu !== undefined
  const { partition = run.partition, account = run.account, time = run.time, options = [], gres } = asked?.slurm ?? {}
  const ofRun = onGpu && !namesGpu(run.gres) ? ['gpu:1', run.gres].filter((one) => one).join(',') : run.gres
  const wanted = gres ?? (onGpu || !namesGpu(run.gres) ? ofRun : undefined)
  // What has run out of memory gets all that a node has.
  const memory =
    bytes === Number.POSITIVE_INFINITY ? '0' : asked?.memory === undefined ? undefined : `${Math.ceil(asked.memory / 2 ** 20)}M`
  const given = { partition, account, time, gres: wanted, mem: memory, exclude: unfit.size === 0 ? undefined : [...unfit].join(',') }
  return [
    `--cpus-per-task=${threads}`,
    `--signal=B:${limitSignal.replace('SIG', '')}@${run.grace}`,
    ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
    ...(run.options ?? []),
    ...options,
  ]
}
