import { logPartition, meanOver, type Predictions } from './predictions.ts'

/** Mean −log p(label), in nats: the cross-entropy. @param temperature the divisor of the logits, more than 0 */
export function negativeLogLikelihood(predictions: Predictions, temperature = 1): number {
  const { logits, classes } = predictions
  const scale = 1 / temperature
  return meanOver(predictions, (from, label) => logPartition(logits, from, classes, scale) - scale * logits[from + label]!)
}
