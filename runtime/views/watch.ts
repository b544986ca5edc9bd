/** What watching says between runs. */
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Changes } from '../plan/difference.ts'
import { splitPath } from './arms.ts'

/** What an edit changes, before it runs. */
export interface ChangesView {
  /** That planning took. */
  readonly seconds: number
  readonly counts: { readonly begins: number; readonly found: number; readonly falls: number; readonly stays: number }
  /** Stages to run; the same one of several seeds is there once. */
  readonly begins: readonly { readonly stage: string; readonly seeds: number; readonly reasons: readonly string[] }[]
}

/** The file cannot be used as it stands. */
export interface BrokenView {
  readonly problem: ProblemText
  /** Stages that go on meanwhile. */
  readonly running: number
}

export function changesView({ begins, found, falls, stays }: Changes, seconds: number): ChangesView {
  const byName = Map.groupBy(begins, ({ path }) => {
    const { arm, stage } = splitPath(path)
    return arm === '' ? stage : `${arm}/${stage}`
  })
  return {
    seconds,
    counts: { begins: begins.length, found: found.length, falls, stays },
    begins: [...byName].map(([stage, same]) => ({ stage, seeds: same.length, reasons: same[0]!.reasons })),
  }
}
