/** Temperature scaling (Guo et al., 2017): divides the logits by one number to calibrate the probabilities. */
import { logPartition, type Predictions } from './predictions.ts'

/** If all predictions are correct, or all logits are equal, there is no finite optimum. */
const [coldest, hottest] = [0.05, 20] as const
const exact = 1e-10

/**
 * The temperature with the smallest negative log-likelihood, from 0.05 to 20; 1 where it makes no difference. The likelihood is concave in
 * β = 1/T, so its slope has one zero, found by Newton's method with bisection as a fallback. Deterministic.
 * @param predictions on validation, never on reported data
 */
export function fitTemperature(predictions: Predictions): number {
  let [low, high] = [1 / hottest, 1 / coldest]
  if (slopeAt(predictions, 1).curvature === 0) return 1
  if (slopeAt(predictions, high).slope <= 0) return coldest
  if (slopeAt(predictions, low).slope >= 0) return hottest
  let beta = 1
  for (let i = 0; i < 100; i++) {
    const { slope, curvature } = slopeAt(predictions, beta)
    if (slope < 0) low = beta
    else high = beta
    const newton = beta - slope / curvature
    const next = newton > low && newton < high ? newton : (low + high) / 2
    if (Math.abs(next - beta) <= exact * beta) return 1 / next
    beta = next
  }
  return 1 / beta
}

/** The derivatives of the mean −log p(label) at logits · β: E[z] − z_label, and the variance of z, under the predicted probabilities. */
function slopeAt({ logits, labels, classes }: Predictions, beta: number): { readonly slope: number; readonly curvature: number } {
  let [slope, curvature] = [0, 0]
  for (const [i, label] of labels.entries()) {
    const from = i * classes
    const partition = logPartition(logits, from, classes, beta)
    let [first, second] = [0, 0]
    for (let c = 0; c < classes; c++) {
      const z = logits[from + c]!
      const p = Math.exp(beta * z - partition)
      first += p * z
      second += p * z * z
    }
    slope += first - logits[from + label]!
    curvature += second - first * first
  }
  return { slope: slope / labels.length, curvature: curvature / labels.length }
}
