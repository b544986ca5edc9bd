/** The outputs of a network, and their probabilities. */

export interface Predictions {
  /** [examples, classes], row-major: logits, or log-probabilities. */
  readonly logits: Float32Array | Float64Array
  /** [examples], classes from 0. */
  readonly labels: Int32Array
  readonly classes: number
}

/** log Σ exp(scale · logit) over the row that starts at `from`, in double precision and without overflow. */
export function logPartition(logits: Predictions['logits'], from: number, classes: number, scale = 1): number {
  let largest = Number.NEGATIVE_INFINITY
  for (let c = 0; c < classes; c++) largest = Math.max(largest, scale * logits[from + c]!)
  let sum = 0
  for (let c = 0; c < classes; c++) sum += Math.exp(scale * logits[from + c]! - largest)
  return largest + Math.log(sum)
}

/** The class with the largest logit in the row that starts at `from`; ties go to the first. */
export function predicted(logits: Predictions['logits'], from: number, classes: number): number {
  let best = 0
  for (let c = 1; c < classes; c++) if (logits[from + c]! > logits[from + best]!) best = c
  return best
}

/** The mean of `of` over examples, called with the start of the row and the label. */
export function meanOver({ labels, classes }: Predictions, of: (from: number, label: number) => number): number {
  let sum = 0
  for (const [i, label] of labels.entries()) sum += of(i * classes, label)
  return sum / labels.length
}
