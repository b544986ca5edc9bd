/** Numbers as text: a row for each example, with its label in one column. */
import { problem, shown } from '../../dsl/check/checks.ts'
import { type Data, placed } from '../../dsl/parts/data.ts'
import { dataSet } from './source.ts'
import { withSplits } from './splits.ts'
import { type ColumnsOptions, columnsForm, type NumbersOptions, numbersForm, type TargetOptions, targetNames } from './table.ts'

interface CsvPlace {
  /**
   * A file, or a folder with `train.csv` and optionally `validation.csv` and `test.csv`. By default, a tenth of each class is used for a
   * split without a file.
   */
  readonly from: string
}

/** Options of `csv()` for classification. */
export interface CsvOptions<C extends number> extends NumbersOptions<C>, ColumnsOptions, CsvPlace {
  /** The column of the labels: its name in the header, or its index from 0 in a file without a header. Default `'label'`. */
  readonly label?: string | number
}

/** Options of `csv()` for regression. */
export interface CsvTargetOptions<T extends readonly string[]> extends TargetOptions, ColumnsOptions, CsvPlace {
  /** The target columns, named in the header. */
  readonly targets: T
}

/** Classes, or with `targets` numbers. */
interface Csv {
  <const C extends number>(options: CsvOptions<C>): Data<C>
  <const T extends readonly string[]>(options: CsvTargetOptions<T>): Data<T['length']>
}

const words = ['from', 'classes', 'input', 'label', 'targets', 'scale', 'test', 'columns', 'categories'] as const

/** Numbers separated by commas, normalised by mean and standard deviation of each channel over the training examples. */
export const csv: Csv = <C extends number>(options: unknown): Data<C> => {
  const verb = 'csv()'
  const { from = '', ...given } = withSplits(verb, options, words)
  const targets = targetNames(verb, given)
  if (targets !== undefined) {
    const { classes, input, options: form } = numbersForm(verb, given, targets.length)
    const described = { ...form, targets, ...columnsForm(verb, given) }
    return dataSet({ name: 'csv', options: described, ...placed(verb, from) }, classes as C, input, 'numbers')
  }
  const { label = 'label' } = given
  const named = typeof label === 'string' ? label !== '' : Number.isInteger(label) && Number(label) >= 0
  if (!named) {
    throw problem(
      'csv() needs the label’s column.',
      { verb, option: 'label', value: shown(label), allowed: 'a name, or a whole number from 0' },
      'Leave it out for the column named label.',
    )
  }
  const { classes, input, options: form } = numbersForm(verb, given)
  const columns = columnsForm(verb, given)
  if (typeof label === 'number' && Object.keys(columns).length > 0) {
    throw problem(
      'csv() finds columns by their names.',
      { verb, option: Object.keys(columns)[0]!, label },
      'Give the file a first line of names, and name the label’s column.',
    )
  }
  return dataSet(
    { name: 'csv', options: { ...form, label: label as string | number, ...columns }, ...placed(verb, from) },
    classes as C,
    input,
  )
}
