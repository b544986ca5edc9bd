import { logPartition, meanOver, type Predictions } from './predictions.ts'

/** Mean Σ_c (p_c − [c is the label])², from 0 to 2 (Brier, 1950). */
export function brierScore(predictions: Predictions): number {
  const { logits, classes } = predictions
  return meanOver(predictions, (from, label) => {
    const partition = logPartition(logits, from, classes)
    let sum = 0
    for (let c = 0; c < classes; c++) sum += (Math.exp(logits[from + c]! - partition) - (c === label ? 1 : 0)) ** 2
    return sum
  })
}
