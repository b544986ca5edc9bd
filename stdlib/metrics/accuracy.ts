import { meanOver, type Predictions } from './predictions.ts'

/**
 * Fraction of examples whose label is among the `k` classes with the largest logits. Ties go to the first class.
 * @param k 1 or more
 */
export function topK(predictions: Predictions, k: number): number {
  const { logits, classes } = predictions
  return meanOver(predictions, (from, label) => {
    const own = logits[from + label]!
    let before = 0
    for (let c = 0; c < classes; c++) if (logits[from + c]! > own || (logits[from + c] === own && c < label)) before++
    return before < k ? 1 : 0
  })
}
