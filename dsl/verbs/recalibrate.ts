import { allChosen, optionsOf } from '../check/checks.ts'
import type { Given } from '../check/form.ts'
import { type RecalibrateOptions, recalibration } from '../graph/stage-options.ts'
import type { Facts } from './facts.ts'

/** Options of `recalibrate()`. */
export type Recalibration = Given<typeof recalibration>

/** The stage's options, every default filled in. */
export const recalibrateOptions = (given: unknown, { setting, seed: standard }: Facts): RecalibrateOptions => {
  const verb = 'recalibrate()'
  const { seed = standard, ...rest } = optionsOf(verb, given, ['batches', 'seed'])
  return { data: setting.data, batch: setting.batch, ...allChosen(verb, { ...rest, seed }, recalibration) }
}
