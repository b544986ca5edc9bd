/** Runs: the list of them, and one with its stages, table and statistics. */
import type { ArmResult } from '../run-event.ts'
import type { LogLine, RunEntry, RunStage } from '../store/journal.ts'
import { type ResultsTable, resultsTable } from './results-table.ts'
import { type ArmStatistics, armStatistics } from './statistics.ts'

/** As in the journal, with its beginning in ISO 8601. */
export type ListedRun = Omit<RunEntry, 'started'> & { readonly started: string }

export interface RunsView {
  /** The newest first. */
  readonly runs: readonly ListedRun[]
}

export interface RunRecord extends Omit<ListedRun, 'stages'> {
  readonly found: 'run'
  readonly stages: readonly RunStage[]
  /** Null until it has ended. */
  readonly counts: RunEntry['stages']
  readonly results: readonly ArmResult[]
  readonly table: ResultsTable
  readonly statistics: readonly ArmStatistics[]
  /** The file with its events. */
  readonly log: string
}

/** Of the end of a run's log. A log from outside may hold anything: what is no number is left out. */
export function resultsIn(log: readonly LogLine[]): ArmResult[] {
  const end = log.findLast(({ event }) => event === 'done')
  const results = Array.isArray(end?.results) ? (end.results as unknown as ArmResult[]) : [] // as the scheduler wrote them
  return results.map((result) => ({
    ...result,
    metrics: Object.fromEntries(Object.entries(result.metrics).filter(([, value]) => typeof value === 'number')),
  }))
}

export const listedRun = (run: RunEntry): ListedRun => ({ ...run, started: new Date(run.started).toISOString() })

export interface RunFacts {
  readonly run: RunEntry
  readonly stages: readonly RunStage[]
  readonly results: readonly ArmResult[]
  readonly log: string
}

export function runRecord({ run, stages, results, log }: RunFacts): RunRecord {
  const { stages: counts, ...listed } = listedRun(run)
  return { found: 'run', ...listed, stages, counts, results, table: resultsTable(results), statistics: armStatistics(results), log }
}
