/** The density of each layer's kernel, by arm. */
import { metricCalled } from '../../stdlib/metrics/catalogue.ts'
import { type Spread, spread } from '../../stdlib/metrics/spread.ts'
import type { ArmResult } from '../run-event.ts'
import { armGroups } from './arms.ts'
import { plotProblems } from './plot-problems.ts'
import { type Missing, missingOf, type Seeds } from './trade-off.ts'

export interface LayersView {
  readonly file: string
  readonly target: string
  /** Sorted, with numbers in numeric order. */
  readonly layers: readonly string[]
  readonly arms: readonly {
    readonly arm: string
    readonly seeds: Seeds
    /** By layer: fraction of the kernel that is kept; null if the arm has no measurement for it. */
    readonly densities: readonly (Spread | null)[]
  }[]
  readonly missing: readonly Missing[]
}

const prefix = 'density/'
const range = metricCalled(`${prefix}layer`)?.range

/** Arms without pruned layers have no densities, and are left out. @throws LoadProblem if all are */
export function layerDensities(
  arms: readonly ArmResult[],
  { file, target }: { readonly file: string; readonly target: string },
): LayersView {
  const measured = groupsOf(arms)
  const names = new Set(
    measured.flatMap(({ metrics }) => metrics.flatMap((each) => Object.keys(each).filter((name) => name.startsWith(prefix)))),
  )
  if (names.size === 0) throw plotProblems.noLayers(file)
  const layers = [...names].map((name) => name.slice(prefix.length)).sort(byNumber)
  const found = measured.map(({ arm, metrics, seeds }) => ({
    arm,
    seeds,
    densities: layers.map((layer) => {
      const values = metrics.flatMap((each) => each[prefix + layer] ?? [])
      return values.length === 0 ? null : spread(values, range)
    }),
  }))
  return {
    file,
    target,
    layers,
    arms: found.filter(({ densities }) => densities.some((each) => each !== null)),
    missing: missingOf(armGroups(arms), found),
  }
}

/** `conv2` before `conv10`. */
const byNumber = new Intl.Collator('en', { numeric: true }).compare

function groupsOf(arms: readonly ArmResult[]) {
  return armGroups(arms).map(({ name, bySeed }) => {
    const metrics = [...bySeed.values()].map((each) => each.metrics).filter((each) => Object.keys(each).length > 0)
    return { arm: name, metrics, seeds: { measured: metrics.length, of: bySeed.size } }
  })
}
