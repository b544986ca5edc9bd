/** Arrays as NumPy saves them. */
import { problem, shown } from '../../dsl/check/checks.ts'
import { type Data, placed } from '../../dsl/parts/data.ts'
import { dataSet } from './source.ts'
import { withSplits } from './splits.ts'
import { type NumbersOptions, numbersForm } from './table.ts'

export interface NpyOptions<C extends number> extends NumbersOptions<C> {
  /**
   * A `.npz` file, or a folder of `.npy` files, with the arrays `x_train` and `y_train`, and `x_validation`, `x_test` and their labels where there are
   * such; or `x` and `y` alone. A tenth of each class is shared out for what has no array, unless told otherwise.
   */
  readonly from: string
  /** What the arrays of examples are called, before `_train`. Their first axis is the examples. Default `'x'`. */
  readonly examples?: string
  /** What the arrays of labels are called. Whole numbers or texts, one axis. Default `'y'`. */
  readonly labels?: string
}

/** NumPy's arrays of numbers, normalised by mean and standard deviation of each channel over the training examples. */
export const npy = <const C extends number>(options: NpyOptions<C>): Data<C> => {
  const verb = 'npy()'
  const { from = '', ...given } = withSplits(verb, options, ['from', 'classes', 'input', 'examples', 'labels', 'scale', 'test'])
  const named = (option: 'examples' | 'labels', standard: string): string => {
    const value = given[option] ?? standard
    if (typeof value === 'string' && /^[\w.-]{1,100}$/.test(value)) return value
    throw problem(
      'npy() needs the name of arrays.',
      { verb, option, value: shown(value), allowed: 'letters, digits, `_`, `.` and `-`' },
      'Leave it out for the default.',
    )
  }
  const { classes, input, options: form } = numbersForm(verb, given)
  const names = { examples: named('examples', 'x'), labels: named('labels', 'y') }
  return dataSet({ name: 'npy', options: { ...form, ...names }, ...placed(verb, from) }, classes as C, input)
}
