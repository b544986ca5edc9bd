/** Converts the flags of `run --on slurm`. */
import type { SlurmAsked } from '../execution/slurm/options.ts'

export interface SlurmFlags {
  readonly partition: string | undefined
  readonly account: string | undefined
  readonly time: string | undefined
  readonly gres: string | undefined
  readonly sbatch: readonly string[]
  readonly grace: number
  readonly poll: number
}

export function slurmAsked({ partition, account, time, gres, sbatch, grace, poll }: SlurmFlags): SlurmAsked {
  const given = Object.entries({ partition, account, time, gres }).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(given), options: sbatch, grace, poll }
}

/** A run that requests GPUs of Slurm computes on them. */
export function deviceOnSlurm({
  device = 'auto',
  gres,
}: {
  readonly device?: 'auto' | 'cpu' | 'gpu' | undefined
  readonly gres: string | undefined
}) {
  return device === 'auto' && gres !== undefined && /\bgpu\b/.test(gres) ? 'gpu' : device
}
