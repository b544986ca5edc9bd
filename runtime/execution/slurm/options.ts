/** Builds sbatch options from the requests of a run and a stage. */
import type { SlurmResources, StageResources } from '../../../dsl/graph/stage.ts'
import type { Demand } from '../executor.ts'
import type { Job } from '../protocol.ts'
import { limitSignal } from './script.ts'

/** From the command line; a stage's own resources take precedence. */
export interface SlurmAsked extends SlurmResources {
  /** Seconds before the time limit at which a stage writes its checkpoint. */
  readonly grace: number
  /** Poll interval of Slurm, in seconds. */
  readonly poll: number
}

const namesGpu = (gres: string | undefined): boolean => gres !== undefined && /(^|,)(gres[/:])?gpu\b/.test(gres)

/** @param unfit nodes to exclude because they lack something */
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
  // After an out-of-memory failure, all memory of a node.
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
