/** Statistics of arms as text. */
import type { Spread } from '../../stdlib/metrics/spread.ts'
import { short } from '../format/number.ts'
import type { ArmStatistics } from '../views/statistics.ts'
import { type FittedColumn, fitted, leftOut } from './fitted.ts'

/** Densities of single layers are shown only with `--json`: a deep network has a hundred. */
const isLayer = (metric: string): boolean => metric.startsWith('density/')

/** One block per arm with one line per metric. @param width of the screen */
export function statisticsLines(statistics: readonly ArmStatistics[], width: number): string[] {
  const blocks = statistics.map((arm) => fitted(columnsOf(arm), width))
  return [...blocks.flatMap(({ lines }) => ['', ...lines]), ...leftOut(blocks.flatMap(({ left }) => left))]
}

function columnsOf({ arm, metrics, differences }: ArmStatistics): FittedColumn[] {
  const shown = Object.entries(metrics).filter(([metric]) => !isLayer(metric))
  const several = shown.some(([, { count }]) => count > 1)
  const column = (title: string, cellOf: (spread: Spread) => string, spare?: number): FittedColumn => ({
    title,
    cells: shown.map(([, spread]) => cellOf(spread)),
    ...(spare === undefined ? {} : { spare }),
  })
  const paired = (title: string, cellOf: (spread: Spread) => string): FittedColumn => ({
    title,
    cells: shown.map(([metric]) => {
      const difference = differences?.metrics[metric]
      return difference === undefined ? '–' : cellOf(difference)
    }),
  })
  return [
    { title: arm, cells: shown.map(([metric]) => metric) },
    column('mean', ({ mean }) => short(mean)),
    ...(several
      ? [
          column('std', ({ std }) => (std === undefined ? '–' : short(std)), 2),
          column('min', ({ min }) => short(min), 4),
          column('max', ({ max }) => short(max), 3),
          column('95 %', ({ interval }) => range(interval), 1),
        ]
      : []),
    ...(differences === undefined
      ? []
      : [
          paired(`Δ to ${differences.to}`, ({ mean }) => short(mean)),
          ...(several ? [paired('95 % of Δ', ({ interval }) => range(interval))] : []),
        ]),
  ]
}

const range = (interval: Spread['interval']): string => (interval === undefined ? '–' : `[${interval.map(short).join(', ')}]`)
