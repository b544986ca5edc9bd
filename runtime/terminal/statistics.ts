/** Arms in numbers, in lines. */
import type { Spread } from '../../stdlib/metrics/spread.ts'
import { short } from '../format/number.ts'
import { aligned } from '../format/width.ts'
import type { ArmStatistics } from '../views/statistics.ts'

/** Densities of single layers, of which a deep network has a hundred, are left to `--json`. */
const isLayer = (metric: string): boolean => metric.startsWith('density/')

/** A block of lines for every arm: a metric a line. */
export function statisticsLines(statistics: readonly ArmStatistics[]): string[] {
  return statistics.flatMap(({ arm, metrics, differences }) => {
    const several = Object.values(metrics).some(({ count }) => count > 1)
    const against = differences === undefined ? [] : [`Δ to ${differences.to}`, ...(several ? ['95 % of Δ'] : [])]
    const head = [arm, 'mean', ...(several ? ['std', 'min', 'max', '95 %'] : []), ...against]
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
