/** Labels as files have them, numbers or names, as classes from 0. */
import { type SplitName, splitNames } from '../../../stdlib/data/dataset.ts'
import { dataProblems } from '../problems.ts'
import { byCodeUnits } from './folder.ts'

export interface Labels {
  readonly values: readonly unknown[]
  /** File and row, for errors. */
  readonly where: (index: number) => string
}

/** Text that programs write for a value that is missing; among names it is one. */
const missing = new Set(['nan', 'null', 'none', 'na', 'n/a', '<na>', '?', '-'])
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

export type OfSplits<T> = { readonly [part in SplitName]?: T }

/**
 * Whole numbers are classes themselves, however they are written. Anything else is a name; names count in their order over all parts
 * together, numbers among themselves by their size.
 * @throws DataProblem for a label that is missing or out of range, or for too many names
 */
export function classesOf(data: string, parts: OfSplits<Labels>, classes: number): OfSplits<Int32Array> & { readonly train: Int32Array } {
  const columns = splitNames.flatMap((part) =>
    parts[part] === undefined ? [] : [{ part, ...parts[part], found: new Int32Array(parts[part].values.length) }],
  )
  const given = columns.flatMap(({ values, where, found }) =>
    values.map((value, i) => ({ label: plain(data, value, () => where(i)), where, found, i })),
  )
  const numeric = given.every(({ label }) => typeof numberOf(label) === 'number')
  if (!numeric) {
    const words = given.filter(({ label }) => numberOf(label) === undefined)
    // Where all else are numbers, such a word is no name.
    if (words.length < given.length && words.every(({ label }) => missing.has(String(label).toLowerCase())))
      throw dataProblems.labelMissing(data, words[0]!.where(words[0]!.i), String(words[0]!.label))
  }
  const whole =
    numeric && given.every(({ label }) => typeof label === 'number' || (!label.startsWith('-') && Number.isInteger(numberOf(label))))
  const key = (label: string | number) => (numeric ? numberOf(label)! : String(label))
  const order = whole
    ? []
    : [...new Set(given.map(({ label }) => key(label)))].toSorted(
        numeric ? (a, b) => Number(a) - Number(b) : (a, b) => byCodeUnits(String(a), String(b)),
      )
  if (order.length > classes) throw dataProblems.tooManyNames(data, order.map(String), classes)
  refuseLookalikes(data, order)
  const place = new Map(order.map((name, i) => [name, i]))
  for (const { label, where, found, i } of given) {
    const number = whole ? numberOf(label)! : place.get(key(label))!
    if (!(Number.isInteger(number) && number >= 0 && number < classes))
      throw dataProblems.labelOutOfRange(data, where(i), String(label), classes)
    found[i] = number
  }
  return { train: new Int32Array(0), ...Object.fromEntries(columns.map(({ part, found }) => [part, found])) }
}

const numberOf = (label: string | number): number | undefined =>
  typeof label === 'number' ? label : decimal.test(label) ? Number(label) : undefined

function plain(data: string, value: unknown, where: () => string): string | number {
  const label =
    typeof value === 'string'
      ? value.trim()
      : typeof value === 'bigint'
        ? Number(value)
        : typeof value === 'boolean'
          ? String(value)
          : value
  if (label === undefined || label === null || label === '' || Number.isNaN(label))
    throw dataProblems.labelMissing(data, where(), String(label ?? ''))
  if (typeof label === 'string' || typeof label === 'number') return label
  throw dataProblems.labelOfManyParts(data, where())
}

/** Two names that are written alike, in other code points, are the same to whoever wrote them. */
function refuseLookalikes(data: string, names: readonly (string | number)[]): void {
  const seen = new Map<string, string>()
  for (const name of names.map(String)) {
    const other = seen.get(name.normalize('NFC'))
    if (other !== undefined) throw dataProblems.lookalikes(data, other, name)
    seen.set(name.normalize('NFC'), name)
  }
}
