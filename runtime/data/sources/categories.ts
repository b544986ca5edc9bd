/** Categorical columns, one-hot encoded: each value becomes as many numbers as the column has categories, one of them 1. */
import type { DataSpec } from '../../../dsl/parts/data.ts'
import { dataProblems } from '../problems.ts'
import { byCodeUnits } from './folder.ts'
import { refuseLookalikes } from './labels.ts'

export class Categories {
  readonly #data: string
  readonly #declared: { readonly [column: string]: number }
  /** Categories seen so far, by column, numbered in order of appearance. */
  readonly #met = new Map<string, Map<string, number>>()

  constructor({ name, options }: DataSpec) {
    this.#data = name
    this.#declared = (options.categories ?? {}) as { readonly [column: string]: number } // what columnsForm() wrote
  }

  /** By how much one-hot encoding widens an example. */
  get extra(): number {
    return Object.values(this.#declared).reduce((sum, kinds) => sum + kinds - 1, 0)
  }

  /** The category's number in order of appearance; undefined for other columns. @throws DataProblem for an empty value, or too many */
  indexOf(column: string | undefined, word: string, place: string): number | undefined {
    const most = column === undefined || !Object.hasOwn(this.#declared, column) ? undefined : this.#declared[column]
    if (column === undefined || most === undefined) return undefined
    if (word === '') throw dataProblems.notNumbers(this.#data, place, column, 'nothing', 'a kind is')
    const met = this.#met.get(column) ?? new Map<string, number>()
    this.#met.set(column, met)
    const known = met.get(word)
    if (known !== undefined) return known
    if (met.size === most) throw dataProblems.tooManyKinds(this.#data, place, column, word, most)
    met.set(word, met.size)
    return met.size - 1
  }

  /** After all rows were read: maps a row with the numbers of `indexOf` to the one-hot encoded example. */
  expansion(columns: readonly string[]): (row: Float32Array) => Float32Array {
    const each = columns.map((column) => this.#places(column))
    if (each.every((places) => places === undefined)) return (row) => row
    const size = each.reduce((sum, places) => sum + (places?.width ?? 1), 0)
    return (row) => {
      const values = new Float32Array(size)
      let at = 0
      for (const [i, places] of each.entries()) {
        if (places === undefined) values[at] = row[i]!
        else values[at + places.ofMet[row[i]!]!] = 1
        at += places?.width ?? 1
      }
      return values
    }
  }

  /** Categories are ordered by their names, whatever the order of appearance. */
  #places(column: string): { readonly width: number; readonly ofMet: readonly number[] } | undefined {
    const met = this.#met.get(column)
    if (met === undefined) return undefined
    const words = [...met.keys()]
    refuseLookalikes(this.#data, words)
    const order = new Map(words.toSorted(byCodeUnits).map((word, i) => [word, i]))
    return { width: this.#declared[column]!, ofMet: words.map((word) => order.get(word)!) }
  }
}
