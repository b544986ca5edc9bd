import { logPartition, type Predictions, predicted } from './predictions.ts'

/** As in most papers since Guo et al. (2017). */
const usualBins = 15

/**
 * Expected calibration error (Naeini et al., 2015): examples are put into bins of equal width (lo, hi] by the probability of the predicted
 * class, and the distances between a bin's accuracy and its mean probability are weighted by its share of the examples. From 0 to 1.
 */
export function expectedCalibrationError({ logits, labels, classes }: Predictions, temperature = 1, bins = usualBins): number {
  const scale = 1 / temperature
  const [right, confidence] = [new Float64Array(bins), new Float64Array(bins)]
  for (const [i, label] of labels.entries()) {
    const from = i * classes
    const best = predicted(logits, from, classes)
    const probability = Math.exp(scale * logits[from + best]! - logPartition(logits, from, classes, scale))
    // Rounding may give slightly more than 1.
    const bin = Math.min(bins, Math.max(1, Math.ceil(probability * bins))) - 1
    confidence[bin]! += probability
    if (best === label) right[bin]!++
  }
  return right.reduce((sum, count, bin) => sum + Math.abs(count - confidence[bin]!), 0) / labels.length
}
