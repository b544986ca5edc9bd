/** A study's table as in a paper: arms by metrics, over seeds or per seed, with the best value marked if it is significant. */
import { metricCalled } from '../../stdlib/metrics/catalogue.ts'
import { pairedSpread, type Spread, spread } from '../../stdlib/metrics/spread.ts'
import type { ArmResult } from '../run-event.ts'
import { type ArmGroup, armGroups } from './arms.ts'
import { directionsOf, type Measure, measureCalled } from './measure.ts'
import { plotProblems } from './plot-problems.ts'
import { tableColumns } from './results-table.ts'

export interface PaperTable {
  readonly file: string
  readonly target: string
  readonly columns: readonly Measure[]
  readonly rows: readonly PaperRow[]
  /** The most seeds measured for any arm. */
  readonly seeds: number
}

interface PaperRow {
  readonly arm: string
  readonly labels: ArmResult['labels']
  /** Null for a row over all seeds. */
  readonly seed: string | null
  /** By column; null if not measured. */
  readonly cells: readonly (PaperCell | null)[]
  readonly seeds: number
}

export interface PaperCell extends Spread {
  /** Best mean, and significantly better than the second best: the 95 % interval of the paired difference excludes 0. */
  readonly best: boolean
}

export interface PaperAsked {
  readonly file: string
  readonly target: string
  /** Default: the columns of the table at the end of a run. */
  readonly metrics?: readonly string[] | undefined
  /** One row per seed instead of one over all seeds. */
  readonly bySeed: boolean
}

/** @param arms including those without results (empty metrics) @throws LoadProblem if nothing was measured, or for an unknown metric */
export function paperTable(arms: readonly ArmResult[], { file, target, metrics, bySeed }: PaperAsked): PaperTable {
  const measured = [...new Set(arms.flatMap((arm) => Object.keys(arm.metrics)))]
  if (measured.length === 0) throw plotProblems.noResults(file, arms.length)
  const unknown = metrics?.find((name) => !measured.includes(name))
  if (unknown !== undefined) throw plotProblems.noMetric(unknown, measured)
  const directions = directionsOf(arms)
  const columns = (metrics ?? tableColumns(measured, directions).map(({ metric }) => metric)).map((name) => measureCalled(name, directions))
  const groups = armGroups(arms)
  const best = new Map(columns.map((column) => [column, bestOf(groups, column)]))
  const cellOf = (values: readonly number[], column: Measure, isBest: boolean): PaperCell | null =>
    values.length === 0 ? null : { ...spread(values, metricCalled(column.name)?.range), best: isBest }
  const row = (group: ArmGroup, seed: string | null): PaperRow => {
    const { name: arm, labels } = group
    const cells = columns.map((column) => {
      const values = valuesOf(group, column)
      const own = seed === null ? [...values.values()] : values.has(seed) ? [values.get(seed)!] : []
      return cellOf(own, column, seed === null && best.get(column) === group)
    })
    return { arm, labels, seed, cells, seeds: Math.max(0, ...columns.map((column) => valuesOf(group, column).size)) }
  }
  const rows = groups.flatMap((group) => (bySeed ? [...group.bySeed.keys()].map((seed) => row(group, seed)) : [row(group, null)]))
  return { file, target, columns, rows, seeds: Math.max(...rows.map(({ seeds }) => seeds)) }
}

const valuesOf = ({ bySeed }: ArmGroup, { name }: Measure): ReadonlyMap<string, number> =>
  new Map([...bySeed].flatMap(([seed, { metrics }]) => (metrics[name] === undefined ? [] : [[seed, metrics[name]] as const])))

/** Undefined if the metric has no direction, or the difference is not significant. */
function bestOf(groups: readonly ArmGroup[], column: Measure): ArmGroup | undefined {
  if (column.better === null) return undefined
  const sign = column.better === 'higher' ? 1 : -1
  const ranked = groups
    .map((group) => ({ group, values: valuesOf(group, column) }))
    .filter(({ values }) => values.size > 0)
    .map((one) => ({ ...one, mean: spread([...one.values.values()]).mean }))
    .sort((a, b) => sign * (b.mean - a.mean))
  const [first, next] = ranked
  if (first === undefined || next === undefined) return undefined
  const [least = 0, most = 0] = pairedSpread(first.values, next.values)?.interval ?? []
  return least > 0 || most < 0 ? first.group : undefined
}
