/** Given means and standard deviations for normalising images, for weights trained elsewhere. */
import type { Json } from '../../dsl/check/canonical.ts'
import { problem, shown } from '../../dsl/check/checks.ts'
import type { Normalisation } from './dataset.ts'

export interface NormalizeOptions {
  /**
   * The mean and standard deviation of each channel, for pixels in [0, 1], as in torchvision's `transforms.Normalize`. Default: those of
   * the training examples used.
   */
  readonly normalize?: { readonly mean: readonly number[]; readonly std: readonly number[] }
}

/** As an option of a description, present only if given. @throws PipelineProblem unless there is one pair of numbers per channel */
export function normalizeOption(verb: string, given: unknown, channels: number): { readonly [option: string]: Json } {
  if (given === undefined) return {}
  const { mean, std, ...others } = Object(given) as { readonly [part: string]: unknown }
  const areNumbers = (values: unknown, fits: (value: number) => boolean): values is readonly number[] =>
    Array.isArray(values) && values.length === channels && values.every((value) => Number.isFinite(value) && fits(value as number))
  if (areNumbers(mean, () => true) && areNumbers(std, (value) => value > 0) && Object.keys(others).length === 0)
    return { normalize: { mean: [...mean], std: [...std] } }
  const numbers = `${channels} number${channels === 1 ? '' : 's'}`
  throw problem(
    `${verb} needs a mean and a standard deviation for each channel.`,
    { verb, option: 'normalize', value: shown(given), allowed: `{ mean: ${numbers}, std: ${numbers} above 0 }` },
    'For example normalize: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }.',
  )
}

/** What normalizeOption() wrote. */
export const normalizeIn = (options: { readonly [option: string]: unknown }): Normalisation | undefined =>
  options.normalize as Normalisation | undefined
