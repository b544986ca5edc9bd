/** What a stage requests from the machine: a device and memory. Not in the key, like the machine itself. */
import { oneOf, optionsOf, problem, shown } from '../check/checks.ts'
import type { SlurmResources, StageResources } from '../graph/stage.ts'
import { slurmResourcesOf } from './slurm.ts'

/** An amount with a decimal unit: `'6 GB'`. */
export type Memory = `${number} ${'MB' | 'GB' | 'TB'}`

/** What a stage requests from the machine. Not in the key. */
export interface Resources {
  /**
   * `'gpu'`: without a GPU, the run fails before anything starts. `'cpu'`: on the CPU even if there are GPUs. The device is recorded with
   * the result of every stage. Default: the run's `--device`.
   */
  readonly device?: 'cpu' | 'gpu'
  /**
   * An upper limit on the main memory (not GPU memory) of the stage. Stages run at the same time only while the sum of their limits fits.
   * At least `'1 MB'`. Default: an estimate from network, batch and data.
   */
  readonly memory?: Memory
  /** For runs on Slurm (`--on slurm`): partition, account, time, gres, and further options of sbatch. Default: the run's options. */
  readonly slurm?: SlurmResources
}

/** The verb's requests, and otherwise those of its task. Undefined if there are none. */
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
