/** Labels as files have them, numbers or names, as classes from 0. */
import { dataProblems } from '../problems.ts'

interface Columns<T> {
  readonly train: T
  readonly validation: T
  readonly test: T
}

/** Names count in the order of their letters, over all parts together. @throws DataProblem for labels out of range, or too many names */
export function classesOf(data: string, columns: Columns<readonly unknown[]>, classes: number): Columns<Int32Array> {
  const all = [...columns.train, ...columns.validation, ...columns.test]
  const numbers = all.every(
    (value) => typeof value === 'number' || typeof value === 'bigint' || (typeof value === 'string' && /^\d+$/.test(value)),
  )
  const names = numbers ? [] : [...new Set(all.map(String))].toSorted((a, b) => (a < b ? -1 : 1))
  if (names.length > classes) throw dataProblems.tooManyNames(data, names, classes)
  const place = new Map(names.map((name, i) => [name, i]))
  const part = (name: keyof Columns<unknown>) =>
    Int32Array.from(columns[name], (value, row) => {
      const label = numbers ? Number(value) : place.get(String(value))!
      if (Number.isInteger(label) && label >= 0 && label < classes) return label
      throw dataProblems.labelOutOfRange(data, name, row, String(value), classes)
    })
  return { train: part('train'), validation: part('validation'), test: part('test') }
}
