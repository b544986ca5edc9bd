/** Arrays as NumPy saves them. */
import { inRange, problem, ranges, shown } from '../../dsl/check/checks.ts'
import { type Data, placed } from '../../dsl/parts/data.ts'
import { dataSet } from './source.ts'
import { withSplits } from './splits.ts'
import { type NumbersOptions, numbersForm, type TargetOptions } from './table.ts'

interface Arrays {
  /**
   * A `.npz` file, or a folder of `.npy` files, with the arrays `x_train` and `y_train`, and `x_validation`, `x_test` and their labels where there are
   * such; or `x` and `y` alone. A tenth of each class is shared out for what has no array, unless told otherwise.
   */
  readonly from: string
  /** What the arrays of examples are called, before `_train`. Their first axis is the examples. Default `'x'`. */
  readonly examples?: string
  /** What the arrays of labels are called. Whole numbers or texts, one axis; of `targets` numbers, [examples] or [examples, targets]. Default `'y'`. */
  readonly labels?: string
}

/** What `npy()` is told where classes are predicted. */
export interface NpyOptions<C extends number> extends NumbersOptions<C>, Arrays {}

/** What `npy()` is told where numbers are predicted. */
export interface NpyTargetOptions<C extends number> extends TargetOptions, Arrays {
  /** How many numbers are predicted of an example: those of its row in the array of labels. 1 or more. */
  readonly targets: C
}

/** Classes, or with `targets` numbers. */
interface Npy {
  <const C extends number>(options: NpyOptions<C>): Data<C>
  <const C extends number>(options: NpyTargetOptions<C>): Data<C>
}

/** NumPy's arrays of numbers, normalised by mean and standard deviation of each channel over the training examples. */
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
