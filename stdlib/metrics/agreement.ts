import { logPartition, meanOver, type Predictions, predicted } from './predictions.ts'

export interface Agreement {
  /** Mean KL(teacher ‖ student), in nats. */
  readonly kl: number
  /** Fraction of examples for which both predict the same class. */
  readonly top1: number
}

/** Agreement between student and teacher (Stanton et al., 2021). */
export function agreement(student: Predictions, teacher: Predictions): Agreement {
  const { classes } = student
  const kl = meanOver(student, (from) => {
    const [p, q] = [logPartition(teacher.logits, from, classes), logPartition(student.logits, from, classes)]
    let sum = 0
    for (let c = 0; c < classes; c++) {
      const log = teacher.logits[from + c]! - p
      // Classes with teacher probability 0 contribute nothing.
      if (log > Number.NEGATIVE_INFINITY) sum += Math.exp(log) * (log - (student.logits[from + c]! - q))
    }
    return sum
  })
  const top1 = meanOver(student, (from) => (predicted(student.logits, from, classes) === predicted(teacher.logits, from, classes) ? 1 : 0))
  return { kl, top1 }
}
