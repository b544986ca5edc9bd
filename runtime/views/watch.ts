/** What watching says between runs. */
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Changes } from '../plan/difference.ts'
import { splitPath } from './arms.ts'

/** What an edit changes, before it runs. */
export interface ChangesView {
  /** That planning took. */
  readonly seconds: number
  readonly counts: {
    /** New, with no result. */
    readonly begins: number
    /** Of these, how many may turn out to be there when what comes before them has run. */
    readonly later: number
    readonly found: number
    readonly falls: number
    readonly stays: number
    /** Of these, how many have no result yet. */
    readonly open: number
  }
  /** Stages to run; the same one of several seeds is there once. */
  readonly begins: readonly { readonly stage: string; readonly seeds: number; readonly reasons: readonly string[] }[]
}

/** The file cannot be used as it stands. */
export interface BrokenView {
  readonly problem: ProblemText
  /** Stages that go on meanwhile. */
  readonly running: number
}

export function changesView({ begins, found, falls, stays, open }: Changes, seconds: number): ChangesView {
  const later = begins.filter(({ status }) => status === 'unknown').length
  const byName = Map.groupBy(begins, ({ path }) => {
    const { arm, stage } = splitPath(path)
    return arm === '' ? stage : `${arm}/${stage}`
  })
  return {
    seconds,
    counts: { begins: begins.length, later, found: found.length, falls, stays, open },
    begins: [...byName].map(([stage, same]) => ({ stage, seeds: same.length, reasons: same[0]!.reasons })),
  }
}
