/** Formats numbers on the page by metric. */
import { metricCalled } from '../../stdlib/metrics/catalogue.ts'
import type { Spread } from '../../stdlib/metrics/spread.ts'
import { percent, short } from '../format/number.ts'

/** `95.12 %`, `0.1234`, `10×`, `266,610` */
export function written(metric: string, value: number): string {
  const unit = metricCalled(metric)?.unit
  if (!Number.isFinite(value)) return String(value)
  if (unit === 'fraction') return `${percent(value)}\u00a0%`
  if (unit === 'nats' || unit === 'score') return value.toFixed(4)
  if (unit === 'ratio') return `${short(value)}×`
  return unit === 'count' ? Math.round(value).toLocaleString('en-US') : short(value)
}

/** `± 0.11`, in the unit of the mean before it; empty for one seed, and if seeds do not differ. */
export function around(metric: string, { std }: Pick<Spread, 'std'>): string {
  return std === undefined || std < 1e-12 ? '' : `± ${written(metric, std).replace(/\s?[%×]$/, '')}`
}

/** `+0.25`; fractions in percentage points. */
export function difference(metric: string, value: number): string {
  const size = written(metric, Math.abs(value)).replace(/\s?[%×]$/, '')
  return `${value >= 0 ? '+' : '−'}${size}`
}

/** `hybrid.pipeline.ts` */
export const fileName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path
