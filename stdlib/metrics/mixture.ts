import { logPartition, type Predictions } from './predictions.ts'

/**
 * The prediction of several networks: the logarithm of their mean probabilities (Lakshminarayanan et al., 2017). A single network's is
 * unchanged.
 */
export function mixture(members: readonly Predictions[]): Predictions {
  const [first] = members as [Predictions, ...Predictions[]]
  if (members.length === 1) return first
  const { labels, classes } = first
  // Adds log Σ exp member by member, so that small probabilities do not underflow.
  const mean = new Float64Array(labels.length * classes).fill(Number.NEGATIVE_INFINITY)
  for (const { logits } of members)
    for (let from = 0; from < mean.length; from += classes) {
      const partition = logPartition(logits, from, classes)
      for (let c = from; c < from + classes; c++) mean[c] = logSum(mean[c]!, logits[c]! - partition)
    }
  return { logits: mean.map((log) => log - Math.log(members.length)), labels, classes }
}

/** log(eᵃ + eᵇ) */
const logSum = (a: number, b: number): number => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))
