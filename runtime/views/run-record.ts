/** The list of runs, and a single run with its stages, table and statistics. */
import type { ArmResult } from '../run-event.ts'
import type { LogLine, RunEntry, RunStage, StageOutcome } from '../store/journal.ts'
import { armGroups, splitPath } from './arms.ts'
import { historyProblems } from './problems.ts'
import { type ResultsTable, resultsTable } from './results-table.ts'
import { type ArmStatistics, armStatistics } from './statistics.ts'

/** A journal entry with its start time in ISO 8601. */
export type ListedRun = Omit<RunEntry, 'started'> & { readonly started: string }

export interface RunsView {
  /** Newest first. */
  readonly runs: readonly ListedRun[]
}

export interface RunRecord extends Omit<ListedRun, 'stages'> {
  readonly found: 'run'
  readonly stages: readonly RunStage[]
  /** Null until the run has ended. */
  readonly counts: RunEntry['stages']
  readonly results: readonly ArmResult[]
  readonly table: ResultsTable
  readonly statistics: readonly ArmStatistics[]
  /** Stages by arm, seeds merged, in the order of the run. */
  readonly arms: readonly ArmStages[]
  /** Content addresses of the arms' networks, in the order of `seeds`; null if there is none. */
  readonly artifacts: {
    readonly seeds: readonly string[]
    readonly arms: readonly { readonly name: string; readonly bySeed: readonly (string | null)[] }[]
  }
  /** Path of the file with the run's events. */
  readonly log: string
}

interface ArmStages {
  readonly arm: string
  readonly counts: { readonly [outcome in StageOutcome]?: number }
  /** Total compute time in this run. */
  readonly seconds: number
}

/** From the end of a run's log. Logs may come from outside: values that are not numbers are dropped. */
export function resultsIn(log: readonly LogLine[]): ArmResult[] {
  const end = log.findLast(({ event }) => event === 'done')
  const results = Array.isArray(end?.results) ? (end.results as unknown as ArmResult[]) : [] // written by the scheduler
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

/** Filters: arms and metrics whose names contain these texts. */
export interface RunAsked {
  readonly arm?: string | undefined
  readonly metric?: string | undefined
}

/** @throws StoreProblem if no arm or no metric matches */
export function runRecord({ run, stages, results, log }: RunFacts, { arm = '', metric = '' }: RunAsked = {}): RunRecord {
  const { stages: counts, ...listed } = listedRun(run)
  const measured = results.map((result) => ({ ...result, metrics: named(result.metrics, metric) }))
  // The arm's name in the table, or its path as in run --only.
  const groups = armGroups(measured).filter(
    ({ name, bySeed }) => name.includes(arm) || [...bySeed.values()].some(({ path }) => path.includes(arm)),
  )
  const names = new Set(groups.map(({ name }) => name))
  const places = new Set(groups.flatMap(({ bySeed }) => [...bySeed.values()].map(({ path }) => path)))
  const kept = stages.filter(({ path }) => splitPath(path).arm.includes(arm) || places.has(path.slice(0, path.lastIndexOf('/'))))
  if (groups.length + kept.length === 0 && arm !== '')
    throw historyProblems.noArm(
      arm,
      armGroups(results).map(({ name }) => name),
    )
  if (metric !== '' && measured.every(({ metrics }) => Object.keys(metrics).length === 0))
    throw historyProblems.noMetric(
      metric,
      results.flatMap(({ metrics }) => Object.keys(metrics)),
    )
  const seeds = [...new Set(groups.flatMap(({ bySeed }) => [...bySeed.keys()]))]
  const table = resultsTable(measured)
  return {
    found: 'run',
    ...listed,
    stages: kept,
    counts,
    results: groups.flatMap(({ bySeed }) => [...bySeed.values()]),
    // Differences refer to the baseline even if it is filtered out.
    table: { ...table, rows: table.rows.filter((row) => names.has(row.arm)) },
    statistics: armStatistics(measured).filter((each) => names.has(each.arm)),
    arms: [...Map.groupBy(kept, ({ path }) => splitPath(path).arm)].map(([name, all]) => ({
      arm: name,
      counts: countsOf(all),
      seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
    })),
    artifacts: {
      seeds,
      arms: groups
        .map(({ name, bySeed }) => ({ name, bySeed: seeds.map((seed) => bySeed.get(seed)?.artifact ?? null) }))
        .filter(({ bySeed }) => bySeed.some((artifact) => artifact !== null)),
    },
    log,
  }
}

/** Entries whose names contain the text. */
export const named = <T>(all: { readonly [name: string]: T }, text: string): { readonly [name: string]: T } =>
  text === '' ? all : Object.fromEntries(Object.entries(all).filter(([name]) => name.includes(text)))

function countsOf(stages: readonly RunStage[]): ArmStages['counts'] {
  const counts: { [outcome in StageOutcome]?: number } = {}
  for (const { outcome } of stages) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
