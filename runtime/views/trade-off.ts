/** Arms by one measure against another: means and intervals over seeds, the Pareto front, and the dense arm as a reference. */
import { metricCalled } from '../../stdlib/metrics/catalogue.ts'
import { type Spread, spread } from '../../stdlib/metrics/spread.ts'
import type { ArmResult, Directions } from '../run-event.ts'
import { type ArmGroup, armGroups } from './arms.ts'
import { directionsOf, type Measure, measureCalled, variedCalled } from './measure.ts'
import { plotProblems } from './plot-problems.ts'
import { mainMetrics } from './results-table.ts'
import { axesOf, lineOf, numberOf, type StudyAxis } from './study-axes.ts'

export interface TradeOffView {
  readonly file: string
  readonly target: string
  /** Null if the arms are shown side by side, because no numeric axis or ratio distinguishes them. */
  readonly x: (Across & { readonly scale: 'linear' | 'log' }) | null
  readonly y: Measure
  /** Axes that distinguish the lines. */
  readonly by: readonly string[]
  readonly lines: readonly { readonly name: string; readonly points: readonly TradeOffPoint[] }[]
  /** Arms drawn as horizontal lines: the dense arm, and arms without a value on the axis along x. */
  readonly levels: readonly TradeOffPoint[]
  /** Arms in which some seeds were not measured. */
  readonly missing: readonly Missing[]
}

interface Across extends Measure {
  /** An axis of the study, not a metric. */
  readonly varied: boolean
}

export interface TradeOffPoint {
  readonly arm: string
  readonly labels: ArmResult['labels']
  readonly x: Spread | null
  readonly y: Spread
  readonly seeds: Seeds
  /** On the Pareto front: no arm is at least as good in both measures and better in one. Null if a direction is undefined. */
  readonly front: boolean | null
}

export interface Seeds {
  /** Seeds with both measures. */
  readonly measured: number
  /** All seeds of the arm. */
  readonly of: number
}

export interface Missing extends Seeds {
  readonly arm: string
}

export interface TradeOffAsked {
  readonly file: string
  readonly target: string
  /** A metric or an axis of the study. Default: the compression ratio if it varies, otherwise the numeric axis. */
  readonly x?: string | undefined
  /** A metric. Default: the one that ranks the arms of the table. */
  readonly y?: string | undefined
  /** Axes that distinguish lines. Default: all but the one along a line. */
  readonly by?: readonly string[] | undefined
}

/** @param arms including those without results (empty metrics) @throws LoadProblem if nothing was measured, or for an unknown name */
export function tradeOff(arms: readonly ArmResult[], { file, target, x, y, by }: TradeOffAsked): TradeOffView {
  const groups = armGroups(arms)
  const study = new Study(file, groups)
  const across = x === undefined ? study.standardX() : study.across(x)
  const upward = study.metric(y ?? study.standardY())
  const apart = by === undefined ? study.standardBy(across) : by.map((name) => study.axis(name))
  const found = groups.flatMap((group) => pointOf(group, across, upward))
  const points = found.map((point) => ({ ...point, front: onFront(point, found, across, upward) }))
  const dense = across === null ? undefined : points.find(isDense)
  const shown = across === null ? points : points.filter((point) => point.x !== null && !isDense(point))
  const levels = across === null ? [] : points.filter((point) => point === dense || (point.x === null && !isDense(point)))
  const lines = Map.groupBy(shown, ({ labels }) => lineOf(labels, apart))
  return {
    file,
    target,
    x: across === null ? null : { ...across, scale: scaleOf(across, shown) },
    y: upward,
    by: apart,
    lines: [...lines].map(([name, each]) => ({ name, points: each.toSorted((a, b) => (a.x?.mean ?? 0) - (b.x?.mean ?? 0)) })),
    levels,
    missing: missingOf(groups, points),
  }
}

const isDense = ({ labels }: Pick<TradeOffPoint, 'labels'>): boolean => labels.at(-1)?.value === 'dense'

/** Logarithmic for ratios, and for values over a factor of 30. */
function scaleOf({ unit }: Across, points: readonly TradeOffPoint[]): 'linear' | 'log' {
  const all = points.map(({ x }) => x?.mean ?? 0)
  const [least, most] = [Math.min(...all), Math.max(...all)]
  return least > 0 && (unit === 'ratio' || most / least >= 30) ? 'log' : 'linear'
}

/** Empty if no seed has both measures. */
function pointOf({ name, labels, bySeed }: ArmGroup, x: Across | null, y: Measure): Omit<TradeOffPoint, 'front'>[] {
  const label = labels.find(({ axis }) => axis === x?.name)
  const level = x === null || (x.varied && label === undefined)
  const pairs = [...bySeed.values()].flatMap(({ metrics }) => {
    const across = level ? 0 : x.varied ? numberOf(label?.value ?? '') : metrics[x.name]
    const upward = metrics[y.name]
    return Number.isFinite(across) && Number.isFinite(upward) ? [[across!, upward!] as const] : []
  })
  if (pairs.length === 0) return []
  const over = (values: readonly number[], { name: of }: Measure) => spread(values, metricCalled(of)?.range)
  return [
    {
      arm: name,
      labels,
      x: level
        ? null
        : over(
            pairs.map(([across]) => across),
            x,
          ),
      y: over(
        pairs.map(([, upward]) => upward),
        y,
      ),
      seeds: { measured: pairs.length, of: bySeed.size },
    },
  ]
}

type Point = Pick<TradeOffPoint, 'x' | 'y'>

function onFront(point: Point, all: readonly Point[], x: Across | null, y: Measure): boolean | null {
  if (x === null || x.varied || x.better === null || y.better === null) return null
  const better = (a: number, b: number, { better: way }: Measure) => (way === 'higher' ? a - b : b - a)
  return !all.some((other) => {
    const [across, upward] = [better(other.x!.mean, point.x!.mean, x), better(other.y.mean, point.y.mean, y)] // never null if measured
    return across >= 0 && upward >= 0 && across + upward > 0
  })
}

export function missingOf(groups: readonly ArmGroup[], measured: readonly { readonly arm: string; readonly seeds: Seeds }[]): Missing[] {
  const seeds = new Map(measured.map(({ arm, seeds: each }) => [arm, each.measured]))
  return groups
    .map(({ name, bySeed }) => ({ arm: name, measured: seeds.get(name) ?? 0, of: bySeed.size }))
    .filter(({ measured: each, of }) => each < of)
}

/** Resolves names of metrics and axes, and their defaults. */
class Study {
  readonly #groups: readonly ArmGroup[]
  readonly #axes: readonly StudyAxis[]
  readonly #metrics: ReadonlySet<string>
  readonly #directions: Directions

  constructor(file: string, groups: readonly ArmGroup[]) {
    this.#groups = groups
    this.#axes = axesOf(groups)
    this.#metrics = new Set(groups.flatMap(({ bySeed }) => [...bySeed.values()].flatMap(({ metrics }) => Object.keys(metrics))))
    this.#directions = directionsOf(groups.flatMap(({ bySeed }) => [...bySeed.values()]))
    if (this.#metrics.size === 0) throw plotProblems.noResults(file, groups.length)
  }

  metric(name: string): Measure {
    if (!this.#metrics.has(name)) throw plotProblems.noMetric(name, [...this.#metrics])
    return measureCalled(name, this.#directions)
  }

  /** A metric takes precedence over an axis of the same name. */
  across(name: string): Across {
    if (this.#metrics.has(name)) return { ...measureCalled(name, this.#directions), varied: false }
    if (this.#numeric().some((axis) => axis.name === name)) return varied(name)
    throw plotProblems.noMeasure(
      name,
      this.#numeric().map((axis) => axis.name),
      [...this.#metrics],
    )
  }

  axis(name: string): string {
    if (this.#axes.some((axis) => axis.name === name)) return name
    throw plotProblems.noAxis(
      name,
      this.#axes.map((axis) => axis.name),
    )
  }

  standardY(): string {
    return mainMetrics.find((name) => this.#metrics.has(name)) ?? [...this.#metrics][0]! // never empty
  }

  /** The compression ratio if it varies along a line, otherwise the numeric axis; without one, the ratio if there are at least three. */
  standardX(): Across | null {
    const [axis] = this.#numeric()
    const compression: Across = { ...measureCalled('compressionRatio'), varied: false }
    const apart = this.standardBy(axis === undefined ? null : varied(axis.name))
    const lines = Map.groupBy(
      this.#groups.filter((group) => !isDense(group)),
      ({ labels }) => (axis === undefined ? '' : lineOf(labels, apart)),
    )
    const ratios = [...lines.values()].map((groups) =>
      distinct(groups.flatMap((group) => pointOf(group, compression, compression)[0]?.y.mean ?? [])),
    )
    if (ratios.some(({ length }) => length >= (axis === undefined ? 3 : 2))) return compression
    return axis === undefined ? null : varied(axis.name)
  }

  standardBy(x: Across | null): string[] {
    const along = this.#numeric().find(({ name }) => name === x?.name) ?? this.#numeric()[0]
    return this.#axes.flatMap(({ name, values }) => (values.length === 1 || (x !== null && name === along?.name) ? [] : [name]))
  }

  /** The axis with the most values first. */
  #numeric(): StudyAxis[] {
    return this.#axes.filter(({ numeric, values }) => numeric && values.length > 1).sort((a, b) => b.values.length - a.values.length)
  }
}

const varied = (name: string): Across => ({ ...variedCalled(name), varied: true })

/** Sorted; values within 5 % count as equal, since ratios vary slightly between seeds. */
const distinct = (values: readonly number[]): number[] =>
  values.toSorted((a, b) => a - b).filter((value, i, all) => i === 0 || value > 1.05 * all[i - 1]!)
