/**
 * Where a training would have been stopped: the lowest validation loss on a grid of steps (Frankle & Carbin, 2019, every 100 iterations).
 * Test is read at that point, never used to choose it. Nothing in the training depends on it.
 */
import type { Evaluator, Measures } from '../../stdlib/training/evaluator.ts'
import type { MetricPoint } from '../store/results.ts'

/** The lowest point so far; a part of every checkpoint. */
export interface EarlyStopPoint {
  /** Steps of the horizon done. */
  readonly step: number
  readonly validation: Measures
  readonly test: Measures
}

export interface EarlyStopOptions {
  /** Steps between two points. */
  readonly every: number
  readonly validation: Evaluator
  readonly test: Evaluator
  /** Measures what the training would give if it ended here. */
  measure(evaluator: Evaluator): Promise<Measures>
}

/** Measures a point of the grid. Of equal losses the first counts. @returns the lowest point, now, and the curve's new one */
export async function look(
  { validation, test, measure }: EarlyStopOptions,
  step: number,
  best: EarlyStopPoint | undefined,
): Promise<{ readonly best: EarlyStopPoint | undefined; readonly point: MetricPoint }> {
  const measured = await measure(validation)
  const loss = measured.crossEntropy
  const lower = Number.isFinite(loss) && (best === undefined || loss < best.validation.crossEntropy)
  const point = { series: 'earlyStop/validation/loss', step, value: loss }
  return { best: lower ? { step, validation: measured, test: await measure(test) } : best, point }
}

export function earlyStopMetrics(best: EarlyStopPoint | undefined): { readonly [name: string]: number } {
  if (best === undefined) return {}
  const { step, validation, test } = best
  return {
    'earlyStop/step': step,
    'earlyStop/validation/loss': validation.crossEntropy,
    'earlyStop/validation/accuracy': validation.accuracy,
    'earlyStop/test/loss': test.crossEntropy,
    'earlyStop/test/accuracy': test.accuracy,
  }
}
