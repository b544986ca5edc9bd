/** All metrics of predictions, under their names in results. */
import { topK } from './accuracy.ts'
import { agreement } from './agreement.ts'
import { brierScore } from './brier-score.ts'
import { expectedCalibrationError } from './calibration-error.ts'
import { negativeLogLikelihood } from './negative-log-likelihood.ts'
import type { Predictions } from './predictions.ts'
import { columnsApart, determination, type Estimates, rootMeanSquaredError } from './regression.ts'
import type { Size } from './size.ts'

export type Metrics = { [name: string]: number }

/** `split/accuracy`, `split/top5` (of more than 5 classes), `split/loss` (the negative log-likelihood), `split/brier`, `split/ece`. */
export function qualityMetrics(split: string, predictions: Predictions): Metrics {
  return {
    [`${split}/accuracy`]: topK(predictions, 1),
    ...(predictions.classes > 5 ? { [`${split}/top5`]: topK(predictions, 5) } : {}),
    [`${split}/loss`]: negativeLogLikelihood(predictions),
    [`${split}/brier`]: brierScore(predictions),
    [`${split}/ece`]: expectedCalibrationError(predictions),
  }
}

/** `split/perplexity`: e to the power of `split/loss`. For texts, whose rows are the positions of their sequences. */
export const textMetrics = (split: string, predictions: Predictions): Metrics => ({
  [`${split}/perplexity`]: Math.exp(negativeLogLikelihood(predictions)),
})

/**
 * `split/r2` and `split/rmse`, in the units of the data; `split/loss`, the mean squared error of the targets normalised by `std`. For
 * several targets, also `split/r2/NAME` and `split/rmse/NAME`.
 */
export const numberMetrics = (
  split: string,
  estimates: Estimates,
  { std }: { readonly std: readonly number[] },
  names: readonly string[] = std.map((_, i) => String(i)),
): Metrics => {
  const measured = (name: string, of: Estimates): Metrics => ({
    [`${split}/r2${name}`]: determination(of),
    [`${split}/rmse${name}`]: rootMeanSquaredError(of),
  })
  const columns = estimates.width === 1 ? [] : columnsApart(estimates)
  const normalised = (values: Float64Array) => values.map((value, i) => value / std[i % std.length]!)
  const [outputs, targets] = [normalised(estimates.outputs), normalised(estimates.targets)]
  return {
    [`${split}/loss`]: outputs.reduce((sum, output, i) => sum + (output - targets[i]!) ** 2, 0) / outputs.length,
    ...measured('', estimates),
    ...Object.assign({}, ...columns.map((column, i) => measured(`/${isPlain(names[i]!) ? names[i] : i}`, column))),
  }
}

/** Whether a column's name can be part of a metric's name; trackers accept no others. */
const isPlain = (name: string): boolean => /^[\w. -]+$/.test(name)

/** `split/calibrated-loss` and `split/calibrated-ece`, at a temperature fitted on other examples. */
export function calibratedMetrics(split: string, predictions: Predictions, temperature: number): Metrics {
  return {
    [`${split}/calibrated-loss`]: negativeLogLikelihood(predictions, temperature),
    [`${split}/calibrated-ece`]: expectedCalibrationError(predictions, temperature),
  }
}

/** `split/teacher-kl` and `split/teacher-agreement`. */
export function teacherMetrics(split: string, student: Predictions, teacher: Predictions): Metrics {
  const { kl, top1 } = agreement(student, teacher)
  return { [`${split}/teacher-kl`]: kl, [`${split}/teacher-agreement`]: top1 }
}

/** `parameters`, `macs`, `sparsity`, `density`, `compressionRatio`, `speedup`, and `density/layer` for pruned networks. */
export function sizeMetrics({ parameters, macs, sparsity, compressionRatio, speedup, layers }: Size): Metrics {
  const pruned = Object.values(layers).some((density) => density < 1)
  const byLayer = Object.entries(layers).map(([layer, density]) => [`density/${layer}`, density] as const)
  return { parameters, macs, sparsity, density: 1 - sparsity, compressionRatio, speedup, ...(pruned ? Object.fromEntries(byLayer) : {}) }
}
