/** Training curves by arm: mean and interval over seeds, with early stops and resumptions. */
import { metricCalled } from '../../stdlib/metrics/catalogue.ts'
import { type Spread, spread } from '../../stdlib/metrics/spread.ts'
import type { MetricPoint } from '../store/results.ts'
import type { Store } from '../store/store.ts'
import { type ArmGroup, armGroups, splitPath } from './arms.ts'
import { type Measure, measureCalled } from './measure.ts'
import { plotProblems } from './plot-problems.ts'
import type { StudiedArm } from './study.ts'
import { type Missing, missingOf, type Seeds } from './trade-off.ts'

export interface CurvesView {
  readonly file: string
  readonly target: string
  readonly y: Measure
  readonly curves: readonly ArmCurve[]
  /** Arms in which some seeds lack the curve. */
  readonly missing: readonly Missing[]
}

export interface ArmCurve {
  /** Several if they share the training. */
  readonly arms: readonly string[]
  /** `train#2` */
  readonly stage: string
  readonly seeds: Seeds
  /** In order of steps. */
  readonly points: readonly CurvePoint[]
  readonly stopped: readonly Moment[]
  /** Where a training resumed from a checkpoint. */
  readonly resumed: readonly Moment[]
}

/** Statistics over the seeds that have a value at this step. */
export interface CurvePoint extends Spread {
  readonly step: number
}

export interface Moment {
  readonly seed: string
  readonly step: number
}

export interface CurvesAsked {
  readonly file: string
  readonly target: string
  readonly series: string
  /** Name of a training. Default: each arm's last training that has the curve. */
  readonly stage?: string | undefined
}

/** Keeps every n-th point and the last, at most `most` points in total but at least `least` per curve (screen resolution is limited). */
export function thinned(view: CurvesView, { most, least }: { readonly most: number; readonly least: number }): CurvesView {
  const each = Math.max(least, Math.floor(most / view.curves.length))
  const kept = <T>(points: readonly T[]): readonly T[] => {
    const n = Math.ceil(points.length / each)
    return points.filter((_, i) => i % n === 0 || i === points.length - 1)
  }
  return { ...view, curves: view.curves.map((curve) => ({ ...curve, points: kept(curve.points) })) }
}

interface SeedCurve {
  readonly seed: string
  readonly path: string
  readonly key: string
}

/** @throws LoadProblem if no training has the curve */
export async function curves(store: Store, arms: readonly StudiedArm[], { file, target, series, stage }: CurvesAsked): Promise<CurvesView> {
  const named = arms.map((arm) => ({
    ...arm,
    trainings: arm.trainings.filter(({ path }) => stage === undefined || nameOf(path) === stage),
  }))
  if (stage !== undefined && named.every(({ trainings }) => trainings.length === 0))
    throw plotProblems.noStage(stage, distinct(arms.flatMap(({ trainings }) => trainings.map(({ path }) => nameOf(path)))))
  const known = new Map<string, readonly string[]>()
  for (const { key } of named.flatMap(({ trainings }) => trainings))
    if (key !== null && !known.has(key)) known.set(key, await store.results.seriesOf(key))
  const groups = armGroups(named).map((group) => ({ group, seeds: curvesIn(group, (key) => known.get(key)?.includes(series) ?? false) }))
  // Arms that share a training share its curve.
  const shared = Map.groupBy(
    groups.filter(({ seeds }) => seeds.length > 0),
    ({ seeds }) => JSON.stringify(seeds.map(({ key }) => key)),
  )
  if (shared.size === 0) throw plotProblems.noCurve(file, series, distinct([...known.values()].flat()))
  const found: ArmCurve[] = []
  for (const same of shared.values())
    found.push({
      arms: same.map(({ group }) => group.name),
      seeds: { measured: same[0]!.seeds.length, of: same[0]!.group.bySeed.size },
      ...(await curveOf(store, series, same[0]!.seeds)),
    })
  const counted = groups.map(({ group, seeds }) => ({ arm: group.name, seeds: { measured: seeds.length, of: group.bySeed.size } }))
  return {
    file,
    target,
    y: measureCalled(series),
    curves: found,
    missing: missingOf(
      groups.map(({ group }) => group),
      counted,
    ),
  }
}

const nameOf = (path: string): string => splitPath(path).stage
const distinct = (names: readonly string[]): string[] => [...new Set(names)]

/** For each seed, the last training that has the curve. */
function curvesIn({ bySeed }: ArmGroup<StudiedArm>, has: (key: string) => boolean): SeedCurve[] {
  return [...bySeed].flatMap(([seed, { trainings }]) => {
    const last = trainings.findLast(({ key }) => key !== null && has(key))
    return last === undefined ? [] : [{ seed, path: last.path, key: last.key! }] // filtered above
  })
}

async function curveOf(store: Store, series: string, seeds: readonly SeedCurve[]): Promise<Omit<ArmCurve, 'arms' | 'seeds'>> {
  const range = metricCalled(series)?.range
  const measured: MetricPoint[][] = []
  const stopped: Moment[] = []
  const resumed: Moment[] = []
  for (const { seed, key } of seeds) {
    measured.push((await store.results.metricsOf(key, series)).filter(({ value }) => Number.isFinite(value)))
    const step = (await store.results.get(key))?.metrics['earlyStop/step']
    if (step !== undefined) stopped.push({ seed, step })
    for (const at of await resumedAt(store, key)) resumed.push({ seed, step: at })
  }
  const points = [...Map.groupBy(measured.flat(), ({ step }) => step)]
    .sort(([a], [b]) => a - b)
    .map(
      ([step, found]): CurvePoint => ({
        step,
        ...spread(
          found.map(({ value }) => value),
          range,
        ),
      }),
    )
  return { stage: nameOf(seeds[0]!.path), points, stopped, resumed } // never empty
}

/** Steps at which any run resumed the training, from the runs' logs. */
async function resumedAt({ journal }: Store, key: string): Promise<number[]> {
  const steps = new Set<number>()
  for (const { run, outcome } of await journal.outcomesOf(key)) {
    if (outcome !== 'resumed') continue
    for (const line of await journal.readLog(run))
      if (line.event === 'stage-start' && line.key === key && typeof line.resumedAt === 'number') steps.add(line.resumedAt)
  }
  return [...steps].sort((a, b) => a - b)
}
