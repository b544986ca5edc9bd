/** Numbers in text: a row for each example, its label in one column. */
import { inRange, problem, ranges, shown } from '../../dsl/check/checks.ts'
import { type Data, placed } from '../../dsl/parts/data.ts'
import { dataSet } from './source.ts'
import { splitRule, type TestOptions, withSplits } from './splits.ts'

export interface CsvOptions<C extends number> extends TestOptions {
  /**
   * A file, or a folder with `train.csv`, and `validation.csv` and `test.csv` where there are such. A tenth of each class is shared out for
   * what has no file, unless told otherwise.
   */
  readonly from: string
  /** Labels are 0 up to `classes` − 1, or names, which count in their order. */
  readonly classes: C
  /** [height, width, channels] of one example: the other columns in order. */
  readonly input: readonly [height: number, width: number, channels: number]
  /** The label's column: its name in the first line, or its number from 0 in a file without names. Default `'label'`. */
  readonly label?: string | number
  /** What values are divided by before all else: 255 for pixels. More than 0, default 1. */
  readonly scale?: number
}

/** Numbers separated by commas, normalised by mean and standard deviation of each channel over the training examples. */
export const csv = <const C extends number>(options: CsvOptions<C>): Data<C> => {
  const verb = 'csv()'
  const { from = '', ...given } = withSplits(verb, options, ['from', 'classes', 'input', 'label', 'scale', 'test'])
  const { label = 'label', scale = 1, input } = given
  const named = typeof label === 'string' ? label !== '' : Number.isInteger(label) && Number(label) >= 0
  if (!named) {
    throw problem(
      'csv() needs the label’s column.',
      { verb, option: 'label', value: shown(label), allowed: 'a name, or a whole number from 0' },
      'Leave it out for the column named label.',
    )
  }
  const sizes: readonly unknown[] = Array.isArray(input) ? input : []
  if (!(sizes.length === 3 && sizes.every((n) => Number.isInteger(n) && Number(n) >= 1))) {
    throw problem(
      'csv() needs the form of an example.',
      { verb, option: 'input', value: shown(input), allowed: '[height, width, channels], each 1 or more' },
      'For example input: [28, 28, 1].',
    )
  }
  const classes = inRange(verb, 'classes', given.classes, ranges.count) as C // its own value
  const form = { classes, input: sizes as readonly [number, number, number], label: label as string | number }
  const divided = inRange(verb, 'scale', scale, ranges.positive)
  const rule = splitRule(verb, given, { validation: 0.1, test: 0.1, by: 'class' })
  return dataSet({ name: 'csv', options: { ...form, scale: divided, ...rule }, ...placed(verb, from) }, classes, form.input)
}
