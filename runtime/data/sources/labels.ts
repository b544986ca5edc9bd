/** Converts labels in files, numbers or names, to classes from 0. */
import { type SplitName, splitNames } from '../../../stdlib/data/dataset.ts'
import { dataProblems } from '../problems.ts'
import { byCodeUnits } from './folder.ts'

export interface Labels {
  readonly values: readonly unknown[]
  /** File and row, for errors. */
  readonly where: (index: number) => string
}

/** Texts that other programs write for missing values; in a column of names they count as names. */
const missing = new Set(['nan', 'null', 'none', 'na', 'n/a', '<na>', '?', '-'])
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

export type OfSplits<T> = { readonly [part in SplitName]?: T }

/**
 * If all labels are whole numbers, in any notation, they are the classes themselves. Otherwise all labels are names, numbered in sorted
 * order over all splits together (numerically if all are numbers).
 * @throws DataProblem for a label that is missing or out of range, or for too many names
 */
export function classesOf(data: string, parts: OfSplits<Labels>, classes: number): OfSplits<Int32Array> & { readonly train: Int32Array } {
  const columns = splitNames.flatMap((part) =>
    parts[part] === undefined ? [] : [{ part, ...parts[part], found: new Int32Array(parts[part].values.length) }],
  )
  const given = columns.flatMap(({ part, values, where, found }) =>
    values.map(
      (value, i): Given => ({ label: plain(data, value, () => where(i)), part, where: () => where(i), put: (label) => (found[i] = label) }),
    ),
  )
  const known = whole(data, given) ? undefined : namesOf(data, given, classes)
  for (const { label, where, put } of given) {
    const number = known === undefined ? numberOf(label)! : known(label)
    if (!(Number.isInteger(number) && number >= 0 && number < classes))
      throw dataProblems.labelOutOfRange(data, where(), String(label), classes)
    put(number)
  }
  return { train: new Int32Array(0), ...Object.fromEntries(columns.map(({ part, found }) => [part, found])) }
}

interface Given {
  readonly label: string | number
  readonly part: SplitName
  readonly where: () => string
  readonly put: (label: number) => void
}

/** Whether all labels are whole numbers. @throws DataProblem for a missing-value text among numbers */
function whole(data: string, given: readonly Given[]): boolean {
  const words = given.filter(({ label }) => numberOf(label) === undefined)
  const absent = words.length < given.length && words.every(({ label }) => missing.has(String(label).toLowerCase())) ? words[0] : undefined
  if (absent !== undefined) throw dataProblems.labelMissing(data, absent.where(), String(absent.label))
  const isWhole = (label: string | number) => typeof label === 'number' || (!label.startsWith('-') && Number.isInteger(numberOf(label)))
  return given.every(({ label }) => isWhole(label))
}

/** The class of each name. */
function namesOf(data: string, given: readonly Given[], classes: number): (label: string | number) => number {
  const numeric = given.every(({ label }) => numberOf(label) !== undefined)
  const keyOf = (label: string | number) => (numeric ? numberOf(label)! : String(label))
  const names = [...new Set(given.map(({ label }) => keyOf(label)))]
  const order = numeric ? names.toSorted((a, b) => Number(a) - Number(b)) : names.map(String).toSorted(byCodeUnits)
  if (order.length > classes) throw dataProblems.tooManyNames(data, order.map(String), classes)
  refuseLookalikes(data, order.map(String))
  const trained = new Set(given.flatMap(({ label, part }) => (part === 'train' ? [keyOf(label)] : [])))
  const unexpected = given.find(({ label }) => trained.size > 0 && !trained.has(keyOf(label)))
  if (unexpected !== undefined) throw dataProblems.notTrained(data, unexpected.where(), String(unexpected.label))
  const place = new Map<string | number, number>(order.map((name, i) => [name, i]))
  return (label) => place.get(keyOf(label))!
}

const numberOf = (label: string | number): number | undefined =>
  typeof label === 'number' ? label : decimal.test(label) ? Number(label) : undefined

function plain(data: string, value: unknown, where: () => string): string | number {
  // Some files wrap each label in a list of length one.
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  const label = typeof one === 'bigint' ? Number(one) : typeof one === 'boolean' ? String(one) : typeof one === 'string' ? one.trim() : one
  if (label === undefined || label === null || label === '' || Number.isNaN(label))
    throw dataProblems.labelMissing(data, where(), String(label ?? ''))
  if (typeof label === 'string' || typeof label === 'number') return label
  throw dataProblems.labelOfManyParts(data, where())
}

/** Names that look the same but differ in code points are almost certainly meant to be the same. @throws DataProblem */
export function refuseLookalikes(data: string, names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const other = seen.get(name.normalize('NFC'))
    if (other !== undefined) throw dataProblems.lookalikes(data, other, name)
    seen.set(name.normalize('NFC'), name)
  }
}
