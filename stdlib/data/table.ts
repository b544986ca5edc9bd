/** What tables of numbers have in common: the form of an example, what values are divided by, and which columns make it. */
import type { Json } from '../../dsl/check/canonical.ts'
import { inRange, problem, ranges, shown, whole } from '../../dsl/check/checks.ts'
import type { ImageShape } from '../../dsl/index.ts'
import { splitRule, type TestOptions } from './splits.ts'

/** What data of numbers are told: classes and shape. */
export interface NumbersOptions<C extends number> extends TestOptions {
  /** Labels are 0 up to `classes` − 1, or names, which count in their order. */
  readonly classes: C
  /**
   * [height, width, channels] of one example, row by row. Numbers are normalised channel by channel: of a table, [1, 1, n] does so for each
   * column.
   */
  readonly input: readonly [height: number, width: number, channels: number]
  /** What values are divided by before all else: 255 for pixels. More than 0, default 1. */
  readonly scale?: number
}

/** What data of a table are told besides: its columns. */
export interface ColumnsOptions {
  /** Columns of the example, in this order. Default: all but the label's. */
  readonly columns?: readonly string[]
  /**
   * Columns whose values are kinds of things, most of them texts, with how many kinds there are: each becomes that many numbers of the example, one of
   * them 1 and the others 0. Kinds count in the order of their letters.
   */
  readonly categories?: { readonly [column: string]: number }
}

type Given = { readonly [option: string]: unknown }

export interface Numbers {
  readonly classes: number
  readonly input: ImageShape
  /** Of the description. */
  readonly options: { readonly [option: string]: Json }
}

/** @throws PipelineProblem */
export function numbersForm(verb: string, given: Given): Numbers {
  const { scale = 1, input } = given
  const sizes: readonly unknown[] = Array.isArray(input) ? input : []
  if (!(sizes.length === 3 && sizes.every((n) => Number.isInteger(n) && Number(n) >= 1))) {
    throw problem(
      `${verb} needs the form of an example.`,
      { verb, option: 'input', value: shown(input), allowed: '[height, width, channels], each 1 or more' },
      'For example input: [28, 28, 1].',
    )
  }
  const classes = inRange(verb, 'classes', given.classes, ranges.count)
  const form = sizes as ImageShape
  const rule = splitRule(verb, given, { validation: 0.1, test: 0.1, by: 'class' })
  return { classes, input: form, options: { classes, input: form, scale: inRange(verb, 'scale', scale, ranges.positive), ...rule } }
}

/** Of the description; nothing of what is not said. @throws PipelineProblem */
export function columnsForm(verb: string, { columns, categories }: Given): { readonly [option: string]: Json } {
  const names = columns === undefined ? undefined : columnNames(verb, columns)
  const kinds = categories === undefined ? undefined : kindsOf(verb, categories, names)
  return { ...(names === undefined ? {} : { columns: names }), ...(kinds === undefined ? {} : { categories: kinds }) }
}

function columnNames(verb: string, columns: unknown): readonly string[] {
  const names: readonly unknown[] = Array.isArray(columns) ? columns : []
  if (names.length > 0 && names.every((name) => typeof name === 'string' && name !== '') && new Set(names).size === names.length)
    return names as readonly string[]
  throw problem(
    `${verb} needs the names of columns.`,
    { verb, option: 'columns', value: shown(columns), allowed: 'a list of different names' },
    "For example columns: ['width', 'height'].",
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
  const stranger = columns === undefined ? undefined : kinds.find(([name]) => !columns.includes(name))
  if (stranger !== undefined) {
    throw problem(
      `${verb} reads no column of that name.`,
      { verb, option: 'categories', value: stranger[0], columns: columns!.join(', ') },
      'Add it to columns, or leave it out.',
    )
  }
  const many = whole(2, 10_000, 'For example categories: { colour: 3 }.')
  return Object.fromEntries(kinds.map(([name, count]) => [name, inRange(verb, `categories.${name}`, count, many)]))
}
