/** What a stage asks of the machine: where it is computed, and how much memory it takes. In no key, as the machine is in none. */
import { oneOf, optionsOf, problem, shown } from '../check/checks.ts'
import type { SlurmResources, StageResources } from '../graph/stage.ts'
import { slurmResourcesOf } from './slurm.ts'

/** With its unit, in powers of a thousand: `'6 GB'`. */
export type Memory = `${number} ${'MB' | 'GB' | 'TB'}`

/** What a stage asks of the machine. In no key. */
export interface Resources {
  /**
   * `'gpu'`: refused before anything starts where there is none; `'cpu'`: on the processor even where there are GPUs. What a stage was
   * computed with is recorded with its result, as for every stage. Default: as the run says (`--device`).
   */
  readonly device?: 'cpu' | 'gpu'
  /**
   * How much of the machine's memory (not a GPU's) the stage takes at most. Stages run at the same time only as long as the sum is below
   * what there is. At least `'1 MB'`. Default: an estimate from network, batch and data.
   */
  readonly memory?: Memory
  /** For runs on Slurm (`--on slurm`): partition, account, time, gres, and further options of sbatch. Default: as the run says. */
  readonly slurm?: SlurmResources
}

/** What a verb was told, and for the rest its task. Undefined when that is nothing. */
export const resourcesOf = (verb: string, given: unknown, standard: StageResources = {}): StageResources | undefined => {
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given))) {
    throw problem(
      'Resources are an object.',
      { verb, option: 'resources', value: shown(given), allowed: 'device, memory, slurm' },
      "For example resources: { memory: '6 GB' }.",
    )
  }
  const { device = standard.device, memory, slurm } = optionsOf(`resources of ${verb}`, given, ['device', 'memory', 'slurm'])
  const bytes = memory === undefined ? standard.memory : bytesOf(verb, memory)
  const ofSlurm = slurmResourcesOf(verb, slurm, standard.slurm)
  const asked = {
    ...(device === undefined ? {} : { device: oneOf(verb, 'device', device, ['cpu', 'gpu']) }),
    ...(bytes === undefined ? {} : { memory: bytes }),
    ...(Object.keys(ofSlurm).length === 0 ? {} : { slurm: ofSlurm }),
  }
  return Object.keys(asked).length === 0 ? undefined : asked
}

const units = { MB: 1e6, GB: 1e9, TB: 1e12 } as const

const bytesOf = (verb: string, memory: unknown): number => {
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,6})?) (MB|GB|TB)$/.exec(typeof memory === 'string' ? memory : '') ?? []
  const bytes = Math.round(Number(number) * units[unit as keyof typeof units])
  if (bytes >= units.MB) return bytes
  throw problem(
    `${verb} was given memory that is not an amount.`,
    { verb, option: 'memory', value: shown(memory), allowed: "a number and MB, GB or TB, '1 MB' or more" },
    "For example resources: { memory: '6 GB' }.",
  )
}
