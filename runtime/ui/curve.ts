/** A curve as columns, thinned to what a screen can show. */
import type { CurveColumns } from '../page/data.ts'
import type { MetricPoint } from '../store/results.ts'

/** More than a screen has dots across. */
export const mostPoints = 4000

export function columnsOf(points: readonly MetricPoint[]): CurveColumns {
  const each = Math.max(1, Math.ceil(points.length / mostPoints))
  const columns = { steps: [] as number[], mean: [] as number[], low: [] as number[], high: [] as number[], points: points.length }
  for (let at = 0; at < points.length; at += each) {
    let [sum, low, high, count] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
    for (const { value } of points.slice(at, at + each)) {
      if (!Number.isFinite(value)) continue
      sum += value
      low = Math.min(low, value)
      high = Math.max(high, value)
      count++
    }
    if (count === 0) continue
    columns.steps.push(points[at]!.step)
    columns.mean.push(sum / count)
    columns.low.push(low)
    columns.high.push(high)
  }
  return columns
}
