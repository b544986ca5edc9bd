/** Views of `espalier watch` between runs. */
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Changes } from '../plan/difference.ts'
import { splitPath } from './arms.ts'

/** What an edit changes in the plan; shown before the run. */
export interface ChangesView {
  /** Duration of planning. */
  readonly seconds: number
  readonly counts: {
    /** New stages without a result. */
    readonly begins: number
    /** Of these, stages that may turn out to be hits once their inputs are computed. */
    readonly later: number
    readonly found: number
    readonly falls: number
    readonly stays: number
    /** Of these, stages without a result. */
    readonly open: number
  }
  /** Stages to run, seeds merged. */
  readonly begins: readonly { readonly stage: string; readonly seeds: number; readonly reasons: readonly string[] }[]
}

/** The file has an error. */
export interface BrokenView {
  readonly problem: ProblemText
  /** Stages that keep running. */
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
