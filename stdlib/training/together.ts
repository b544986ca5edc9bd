/** Networks that predict together: the mean of their probabilities, measured. */
import type { Measures } from './evaluator.ts'

/**
 * p̄ = (1/M) Σ softmax(z_m); its cross-entropy is −log p̄ of the label, never a mean of the members' losses.
 * @param members logits of each, [examples, classes] row-major
 */
export function measuredTogether(members: readonly Float32Array[], labels: Int32Array, classes: number): Measures {
  let [loss, right] = [0, 0]
  const log = members.map(() => new Float64Array(classes))
  for (const [example, label] of labels.entries()) {
    for (const [m, logits] of members.entries()) logSoftmax(logits.subarray(example * classes, (example + 1) * classes), log[m]!)
    let [best, highest] = [0, Number.NEGATIVE_INFINITY]
    for (let c = 0; c < classes; c++) {
      const together = logMeanExp(log, c)
      if (together > highest) [best, highest] = [c, together]
      if (c === label) loss -= together
    }
    if (best === label) right++
  }
  return { accuracy: right / labels.length, crossEntropy: loss / labels.length }
}

function logSoftmax(logits: Float32Array, into: Float64Array): void {
  const highest = logits.reduce((a, b) => Math.max(a, b))
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - highest), 0)
  for (const [c, logit] of logits.entries()) into[c] = logit - highest - Math.log(sum)
}

function logMeanExp(log: readonly Float64Array[], c: number): number {
  const highest = log.reduce((a, values) => Math.max(a, values[c]!), Number.NEGATIVE_INFINITY)
  return highest + Math.log(log.reduce((sum, values) => sum + Math.exp(values[c]! - highest), 0) / log.length)
}
