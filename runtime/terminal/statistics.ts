/** Arms in numbers: every metric over the seeds, and seed by seed against the dense arm. */
import { pairedSpread, type Spread, spread } from '../../stdlib/metrics/spread.ts'
import { printable } from '../format/words.ts'
import type { ArmResult } from '../run-event.ts'
import { type ArmGroup, armGroups, baselineOf } from '../views/arms.ts'
import { short } from './curve.ts'
import { aligned } from './table.ts'

export interface ArmStatistics {
  readonly arm: string
  readonly metrics: { readonly [metric: string]: Spread }
  /** Differences to the baseline over the seeds that both have; of the baseline itself there are none. */
  readonly differences?: { readonly to: string; readonly metrics: { readonly [metric: string]: Spread } }
}

export function armStatistics(results: readonly ArmResult[]): ArmStatistics[] {
  const groups = armGroups(results)
  const baseline = baselineOf(groups)
  return groups.map((group) => {
    const metrics = metricsOf(group)
    const own = Object.fromEntries([...metrics].map(([metric, bySeed]) => [metric, spread([...bySeed.values()])]))
    if (baseline === undefined || group === baseline) return { arm: group.name, metrics: own }
    const others = metricsOf(baseline)
    const differences = [...metrics].flatMap(([metric, bySeed]) => {
      const paired = pairedSpread(bySeed, others.get(metric) ?? new Map())
      return paired === undefined ? [] : [[metric, paired] as const]
    })
    return { arm: group.name, metrics: own, differences: { to: baseline.name, metrics: Object.fromEntries(differences) } }
  })
}

/** By metric and seed. */
function metricsOf({ bySeed }: ArmGroup): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const all = new Map<string, Map<string, number>>()
  for (const [seed, { metrics }] of bySeed)
    for (const [metric, value] of Object.entries(metrics)) all.set(metric, (all.get(metric) ?? new Map()).set(seed, value))
  return all
}

/** Densities of single layers, of which a deep network has a hundred, are left to `--json`. */
const isLayer = (metric: string): boolean => metric.startsWith('density/')

/** A block of lines for every arm: a metric a line. */
export function statisticsLines(statistics: readonly ArmStatistics[]): string[] {
  return statistics.flatMap(({ arm, metrics, differences }) => {
    const several = Object.values(metrics).some(({ count }) => count > 1)
    const against = differences === undefined ? [] : [`Δ to ${printable(differences.to)}`, ...(several ? ['95 % of Δ'] : [])]
    const head = [printable(arm), 'mean', ...(several ? ['std', 'min', 'max', '95 %'] : []), ...against]
    const rows = Object.entries(metrics)
      .filter(([metric]) => !isLayer(metric))
      .map(([metric, { mean, std, min, max, interval }]) => {
        const paired = differences?.metrics[metric]
        return [
          metric,
          short(mean),
          ...(several ? [std === undefined ? '–' : short(std), short(min), short(max), range(interval)] : []),
          ...(differences === undefined
            ? []
            : [paired === undefined ? '–' : short(paired.mean), ...(several ? [range(paired?.interval)] : [])]),
        ]
      })
    return ['', ...aligned([head, ...rows])]
  })
}

const range = (interval: Spread['interval']): string => (interval === undefined ? '–' : `[${interval.map(short).join(', ')}]`)
