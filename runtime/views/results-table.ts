/** The table at the end of a run: arms × measures over the seeds, and the difference to the baseline. */
import type { Spread } from '../../stdlib/metrics/spread.ts'
import type { ArmResult, Directions } from '../run-event.ts'
import { type ArmGroup, armGroups, baselines } from './arms.ts'
import { directionsOf, measureCalled } from './measure.ts'
import { armStatistics } from './statistics.ts'

export interface Column {
  readonly title: string
  readonly metric: string
  readonly unit: 'percent' | 'loss' | 'fraction' | 'ratio' | 'number'
}

export interface Cell {
  readonly mean: number
  /** Sample standard deviation over the seeds; null for a single seed. */
  readonly std: number | null
}

export interface ResultsTable {
  readonly columns: readonly Column[]
  /** Name of the baseline of the differences in `compared`; null if there is none. */
  readonly baseline: string | null
  readonly compared: string
  /** The most seeds of any arm. */
  readonly seeds: number
  readonly rows: readonly {
    readonly arm: string
    readonly labels: ArmResult['labels']
    /** By column; null if not measured. */
    readonly cells: readonly (Cell | null)[]
    /** Paired over common seeds, so that the variation between seeds cancels. Null for the baseline, and without common seeds. */
    readonly difference: Cell | null
    readonly isBaseline: boolean
    readonly seeds: number
  }[]
  /** Names of the arms with a value of `compared`, best mean first. */
  readonly ranking: readonly string[]
}

/** Metrics for ranking arms, in order of preference: text models have an accuracy too, that of the next token. */
const mains: readonly Column[] = [
  { title: 'test perplexity', metric: 'test/perplexity', unit: 'number' },
  { title: 'test R²', metric: 'test/r2', unit: 'number' },
  { title: 'test accuracy %', metric: 'test/accuracy', unit: 'percent' },
]
/** Shown if there are no test metrics. */
const instead: Column = { title: 'validation accuracy %', metric: 'validation/accuracy', unit: 'percent' }
const columns: readonly Column[] = [
  { title: 'test loss', metric: 'test/loss', unit: 'loss' },
  { title: 'sparsity', metric: 'sparsity', unit: 'fraction' },
  { title: 'compression', metric: 'compressionRatio', unit: 'ratio' },
  { title: 'speed-up', metric: 'speedup', unit: 'ratio' },
]

/** Metrics that can rank arms, in order of preference. */
export const mainMetrics: readonly string[] = [...mains, instead].map(({ metric }) => metric)

/** Metrics shown for a stage that evaluates. */
export const tableMetrics: readonly string[] = [...mains, instead, ...columns].map(({ metric }) => metric)

/** The table's columns, in order. */
export function tableColumns(measured: readonly string[], directions: Directions): readonly Column[] {
  const custom = Object.keys(directions)
    .filter((metric) => !metric.startsWith('validation/'))
    .map((metric): Column => ({ title: measureCalled(metric).title, metric, unit: 'number' }))
  const ranked = mains.filter(({ metric }) => measured.includes(metric))
  return [...(ranked.length > 0 ? ranked : [instead]), ...columns, ...custom].filter(({ metric }) => measured.includes(metric))
}

export function resultsTable(results: readonly ArmResult[]): ResultsTable {
  const groups = armGroups(results)
  const statistics = armStatistics(results)
  const shown = tableColumns([...new Set(statistics.flatMap(({ metrics }) => Object.keys(metrics)))], directionsOf(results))
  const main = mains.find((each) => shown.includes(each)) ?? mains.at(-1)!
  const baselineOf = groups.length > 1 && shown.includes(main) ? baselines(groups) : () => undefined
  const sign = measureCalled(main.metric).better === 'lower' ? -1 : 1
  const compared = statistics.flatMap(({ arm, metrics }) =>
    metrics[main.metric] === undefined ? [] : [{ arm, mean: metrics[main.metric]!.mean }],
  )
  return {
    columns: shown,
    ranking: compared.toSorted((a, b) => sign * (b.mean - a.mean)).map(({ arm }) => arm),
    baseline: nameOf([...new Set(groups.flatMap((group) => baselineOf(group) ?? []))]),
    compared: main.metric,
    seeds: Math.max(0, ...groups.map(({ bySeed }) => bySeed.size)),
    rows: statistics.map(({ arm, labels, metrics, differences }, i) => ({
      arm,
      labels,
      cells: shown.map(({ metric }) => cellOf(metrics[metric])),
      difference: baselineOf(groups[i]!) === undefined ? null : cellOf(differences?.metrics[main.metric]),
      isBaseline: groups[i] === baselineOf(groups[i]!),
      seeds: groups[i]!.bySeed.size,
    })),
  }
}

/** For several baselines (studies inside a sweep, or several targets), a name that covers all of them. */
function nameOf(all: readonly ArmGroup[]): string | null {
  const own = ({ labels, name }: ArmGroup) => (labels.find(({ baseline }) => baseline) ?? labels.at(-1))?.value ?? name
  const names = all.length === 1 ? [all[0]!.name] : all.map(own)
  const distinct = [...new Set(names)]
  return distinct.length === 0 ? null : distinct.length > 3 ? 'its baseline' : distinct.join(' or ')
}

const cellOf = (measured: Spread | undefined): Cell | null =>
  measured === undefined ? null : { mean: measured.mean, std: measured.std ?? null }
