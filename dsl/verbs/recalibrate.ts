import { chosen, inRange, optionsOf, ranges } from '../check/checks.ts'
import { kinds, type RecalibrateOptions } from '../graph/stage-options.ts'
import type { Facts } from './facts.ts'

export interface Recalibration {
  /** Batches of training data, of the task's size. 1 or more, default 50. */
  readonly batches?: number
  /** Decides which, and dropout. Default: the pipeline's. */
  readonly seed?: number
}

/** The stage's options, every default filled in. */
export const recalibrateOptions = (given: unknown, { setting, seed: standard }: Facts): RecalibrateOptions => {
  const verb = 'recalibrate()'
  const { batches, seed = standard } = optionsOf(verb, given, ['batches', 'seed'])
  return {
    data: setting.data,
    batch: setting.batch,
    batches: chosen(verb, 'batches', batches, kinds.recalibrate.options.fields.batches),
    seed: inRange(verb, 'seed', seed, ranges.seed),
  }
}
