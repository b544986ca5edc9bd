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
  /** Sample standard deviation over the seeds; null of one seed. */
  readonly std: number | null
}

export interface ResultsTable {
  readonly columns: readonly Column[]
  /** Whose value of `compared` the others are compared with. Null when there is nothing to compare. */
  readonly baseline: string | null
  readonly compared: string
  /** The most that an arm has. */
  readonly seeds: number
  readonly rows: readonly {
    readonly arm: string
    readonly labels: ArmResult['labels']
    /** By column; null where it was not measured. */
    readonly cells: readonly (Cell | null)[]
    /** Seed by seed, so that what the seeds have in common cancels. Null of the baseline, and without seeds in common. */
    readonly difference: Cell | null
    readonly isBaseline: boolean
    readonly seeds: number
  }[]
  /** Names of the arms that have what is compared, the best mean first. */
  readonly ranking: readonly string[]
}

/** What arms are ranked by: the first that was measured. Texts have an accuracy too, that of the next token. */
const mains: readonly Column[] = [
  { title: 'test perplexity', metric: 'test/perplexity', unit: 'number' },
  { title: 'test R²', metric: 'test/r2', unit: 'number' },
  { title: 'test accuracy %', metric: 'test/accuracy', unit: 'percent' },
]
/** Shown when nothing was measured on test. */
const instead: Column = { title: 'validation accuracy %', metric: 'validation/accuracy', unit: 'percent' }
const columns: readonly Column[] = [
  { title: 'test loss', metric: 'test/loss', unit: 'loss' },
  { title: 'sparsity', metric: 'sparsity', unit: 'fraction' },
  { title: 'compression', metric: 'compressionRatio', unit: 'ratio' },
  { title: 'speed-up', metric: 'speedup', unit: 'ratio' },
]

/** What arms may be ranked by, the first that was measured. */
export const mainMetrics: readonly string[] = [...mains, instead].map(({ metric }) => metric)

/** Of a stage that measured. */
export const tableMetrics: readonly string[] = [...mains, instead, ...columns].map(({ metric }) => metric)

/** What the table shows of arms, in this order. */
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

/** Of several, which are in studies inside a sweep or in several targets, what they have in common. */
function nameOf(all: readonly ArmGroup[]): string | null {
  const own = ({ labels, name }: ArmGroup) => (labels.find(({ baseline }) => baseline) ?? labels.at(-1))?.value ?? name
  const names = all.length === 1 ? [all[0]!.name] : all.map(own)
  const distinct = [...new Set(names)]
  return distinct.length === 0 ? null : distinct.length > 3 ? 'its baseline' : distinct.join(' or ')
}

const cellOf = (measured: Spread | undefined): Cell | null =>
  measured === undefined ? null : { mean: measured.mean, std: measured.std ?? null }
