import { logPartition, type Predictions } from './predictions.ts'

/** What several networks say together: the logarithm of the mean of their probabilities (Lakshminarayanan et al., 2017). One says what it says. */
export function mixture(members: readonly Predictions[]): Predictions {
  const [first] = members as [Predictions, ...Predictions[]]
  if (members.length === 1) return first
  const { labels, classes } = first
  // Member by member log Σ exp, so that no probability is too small to be told from zero.
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
