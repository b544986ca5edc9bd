/** Statistics of arms: every metric over the seeds, and paired differences to the baseline. */
import { metricCalled } from '../../stdlib/metrics/catalogue.ts'
import { pairedSpread, type Spread, spread } from '../../stdlib/metrics/spread.ts'
import type { ArmResult, Directions } from '../run-event.ts'
import { type ArmGroup, armGroups, baselines } from './arms.ts'
import { directionsOf } from './measure.ts'

export interface ArmStatistics {
  readonly arm: string
  readonly labels: ArmResult['labels']
  readonly metrics: { readonly [metric: string]: Spread }
  /** For user-defined metrics. */
  readonly better?: Directions
  /** Differences to the baseline over common seeds; absent for the baseline itself. */
  readonly differences?: { readonly to: string; readonly metrics: { readonly [metric: string]: Spread } }
}

export function armStatistics(results: readonly ArmResult[]): ArmStatistics[] {
  const groups = armGroups(results)
  const baselineOf = baselines(groups)
  const measuredOf = new Map(groups.map((group) => [group, metricsOf(group)]))
  return groups.map((group) => {
    const baseline = baselineOf(group)
    const others = measuredOf.get(baseline ?? group)!
    const { name: arm, labels, bySeed } = group
    const directions = directionsOf([...bySeed.values()])
    const better = Object.keys(directions).length === 0 ? {} : { better: directions }
    const measured = [...measuredOf.get(group)!].map(([metric, values]) => ({ metric, bySeed: values, range: metricCalled(metric)?.range }))
    const metrics = Object.fromEntries(measured.map(({ metric, bySeed, range }) => [metric, spread([...bySeed.values()], range)]))
    if (baseline === undefined || group === baseline) return { arm, labels, metrics, ...better }
    const differences = measured.flatMap(({ metric, bySeed, range }) => {
      const paired = pairedSpread(bySeed, others.get(metric) ?? new Map(), range)
      return paired === undefined ? [] : [[metric, paired] as const]
    })
    return { arm, labels, metrics, ...better, differences: { to: baseline.name, metrics: Object.fromEntries(differences) } }
  })
}

/** By metric and seed. */
function metricsOf({ bySeed }: ArmGroup): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const all = new Map<string, Map<string, number>>()
  for (const [seed, { metrics }] of bySeed)
    for (const [metric, value] of Object.entries(metrics)) all.set(metric, (all.get(metric) ?? new Map()).set(seed, value))
  return all
}
