/** Shared by tables of numbers: the shape of an example, the scale, and the columns. */
import type { Json } from '../../dsl/check/canonical.ts'
import { inRange, problem, ranges, shown, whole } from '../../dsl/check/checks.ts'
import type { ImageShape } from '../../dsl/index.ts'
import { splitRule, type TestOptions } from './splits.ts'

/** Options of numeric data: classes and shape. */
export interface NumbersOptions<C extends number> extends ExampleOptions, TestOptions {
  /** Labels are 0 up to `classes` − 1, or names, which are numbered in sorted order. */
  readonly classes: C
}

/** Options for regression. Each target is normalised separately, and the loss is computed on normalised targets. */
export interface TargetOptions extends ExampleOptions, Omit<TestOptions, 'by' | 'stratified'> {
  /** How to choose the examples for validation and test: at random, or the last in file order. Default `'seed'`. */
  readonly by?: 'file' | 'seed'
  readonly classes?: never
}

interface ExampleOptions {
  /**
   * [height, width, channels] of one example, row-major. Numbers are normalised per channel: for a table, [1, 1, n] normalises each column
   * separately.
   */
  readonly input: readonly [height: number, width: number, channels: number]
  /** The divisor of all values, applied first: 255 for pixels. More than 0, default 1. */
  readonly scale?: number
}

/** Options for the columns of a table. */
export interface ColumnsOptions {
  /** Columns of the example, in this order. Default: all but the label's. */
  readonly columns?: readonly string[]
  /**
   * Categorical columns, usually of text, with their numbers of categories. Each is one-hot encoded, with categories in alphabetical order.
   */
  readonly categories?: { readonly [column: string]: number }
}

type Given = { readonly [option: string]: unknown }

export interface Numbers {
  readonly classes: number
  readonly input: ImageShape
  /** For the description. */
  readonly options: { readonly [option: string]: Json }
}

/** @param targets the number of targets, for regression @throws PipelineProblem */
export function numbersForm(verb: string, given: Given, targets?: number): Numbers {
  const { scale = 1, input } = given
  const sizes: readonly unknown[] = Array.isArray(input) ? input : []
  if (!(sizes.length === 3 && sizes.every((n) => Number.isInteger(n) && Number(n) >= 1))) {
    throw problem(
      `${verb} needs the form of an example.`,
      { verb, option: 'input', value: shown(input), allowed: '[height, width, channels], each 1 or more' },
      'For example input: [28, 28, 1].',
    )
  }
  const form = sizes as ImageShape
  const options = { input: form, scale: inRange(verb, 'scale', scale, ranges.positive) }
  if (targets !== undefined) {
    refuseClasses(verb, given)
    const rule = splitRule(verb, given, { validation: 0.1, test: 0.1, by: 'seed', stratified: false })
    return { classes: targets, input: form, options: { ...options, ...rule } }
  }
  const classes = inRange(verb, 'classes', given.classes, ranges.count)
  return { classes, input: form, options: { classes, ...options, ...splitRule(verb, given, { validation: 0.1, test: 0.1, by: 'class' }) } }
}

/** @throws PipelineProblem for classification options in a regression */
function refuseClasses(verb: string, given: Given): void {
  const option = ['classes', 'label', 'stratified'].find((name) => given[name] !== undefined) ?? (given.by === 'class' ? 'by' : undefined)
  if (option === undefined) return
  throw problem(
    `${verb} predicts numbers (targets), and numbers have no classes.`,
    { verb, option, value: shown(given[option]), allowed: option === 'by' ? "'file', 'seed'" : 'nothing with targets' },
    'Leave out one of the two.',
  )
}

/** The names of the target columns. @throws PipelineProblem */
export function targetNames(verb: string, given: Given): readonly string[] | undefined {
  const { targets, columns } = given
  if (targets === undefined) return undefined
  const names = columnNames(verb, targets, 'targets')
  const both = names.find((name) => Array.isArray(columns) && columns.includes(name))
  if (both === undefined) return names
  throw problem(`${verb} would predict a column from itself.`, { verb, option: 'targets', value: shown(both) }, 'Leave it out of columns.')
}

/** For the description; only the given options. @throws PipelineProblem */
export function columnsForm(verb: string, { columns, categories }: Given): { readonly [option: string]: Json } {
  const names = columns === undefined ? undefined : columnNames(verb, columns)
  const kinds = categories === undefined ? undefined : kindsOf(verb, categories, names)
  return { ...(names === undefined ? {} : { columns: names }), ...(kinds === undefined ? {} : { categories: kinds }) }
}

function columnNames(verb: string, columns: unknown, option = 'columns'): readonly string[] {
  const names: readonly unknown[] = Array.isArray(columns) ? columns : []
  if (names.length > 0 && names.every((name) => typeof name === 'string' && name !== '') && new Set(names).size === names.length)
    return names as readonly string[]
  throw problem(
    `${verb} needs the names of columns.`,
    { verb, option, value: shown(columns), allowed: 'a list of different names' },
    `For example ${option}: ['width', 'height'].`,
  )
}

function kindsOf(verb: string, categories: unknown, columns: readonly string[] | undefined): { readonly [column: string]: number } {
  const kinds = Object.entries(Object(categories) as Given)
  if (typeof categories !== 'object' || kinds.length === 0) {
    throw problem(
      `${verb} needs columns with how many kinds each has.`,
      { verb, option: 'categories', value: shown(categories), allowed: 'an object of whole numbers, by column' },
      'For example categories: { colour: 3 }.',
    )
  }
  const unexpected = columns === undefined ? undefined : kinds.find(([name]) => !columns.includes(name))
  if (unexpected !== undefined) {
    throw problem(
      `${verb} reads no column of that name.`,
      { verb, option: 'categories', value: unexpected[0], columns: columns!.join(', ') },
      'Add it to columns, or leave it out.',
    )
  }
  const many = whole(2, 10_000, 'For example categories: { colour: 3 }.')
  return Object.fromEntries(kinds.map(([name, count]) => [name, inRange(verb, `categories.${name}`, count, many)]))
}
