/** NumPy arrays. */
import { inRange, problem, ranges, shown } from '../../dsl/check/checks.ts'
import { type Data, placed } from '../../dsl/parts/data.ts'
import { dataSet } from './source.ts'
import { withSplits } from './splits.ts'
import { type NumbersOptions, numbersForm, type TargetOptions } from './table.ts'

interface Arrays {
  /**
   * A `.npz` file, or a folder of `.npy` files, with the arrays `x_train` and `y_train`, and optionally `x_validation`, `x_test` and their
   * labels; or only `x` and `y`. By default, a tenth of each class is used for a split without arrays.
   */
  readonly from: string
  /** The name of the arrays of examples, before `_train`. Their first axis indexes the examples. Default `'x'`. */
  readonly examples?: string
  /**
   * The name of the arrays of labels: whole numbers or strings with one axis; for `targets`, numbers [examples] or [examples, targets].
   * Default `'y'`.
   */
  readonly labels?: string
}

/** Options of `npy()` for classification. */
export interface NpyOptions<C extends number> extends NumbersOptions<C>, Arrays {}

/** Options of `npy()` for regression. */
export interface NpyTargetOptions<C extends number> extends TargetOptions, Arrays {
  /** The number of targets of an example, which are its row in the array of labels. 1 or more. */
  readonly targets: C
}

/** Classes, or with `targets` numbers. */
interface Npy {
  <const C extends number>(options: NpyOptions<C>): Data<C>
  <const C extends number>(options: NpyTargetOptions<C>): Data<C>
}

/** NumPy arrays, normalised by the mean and standard deviation of each channel over the training examples. */
export const npy: Npy = <C extends number>(options: unknown): Data<C> => {
  const verb = 'npy()'
  const { from = '', ...given } = withSplits(verb, options, ['from', 'classes', 'input', 'examples', 'labels', 'targets', 'scale', 'test'])
  const named = (option: 'examples' | 'labels', standard: string): string => {
    const value = given[option] ?? standard
    if (typeof value === 'string' && /^[\w.-]{1,100}$/.test(value)) return value
    throw problem(
      'npy() needs the name of arrays.',
      { verb, option, value: shown(value), allowed: 'letters, digits, `_`, `.` and `-`' },
      'Leave it out for the default.',
    )
  }
  const targets = given.targets === undefined ? undefined : inRange(verb, 'targets', given.targets, ranges.count)
  const { classes, input, options: form } = numbersForm(verb, given, targets)
  const described = {
    ...form,
    ...(targets === undefined ? {} : { targets }),
    examples: named('examples', 'x'),
    labels: named('labels', 'y'),
  }
  const predicts = targets === undefined ? undefined : 'numbers'
  return dataSet({ name: 'npy', options: described, ...placed(verb, from) }, classes as C, input, predicts)
}
