/** Counts steps, losses and right answers; the curve of single batches. */
import type { Observe } from '../observer.ts'

/** Steps between points of the curve. */
const every = 20

export const counting: Observe = ({ counters, curves }) => ({
  count(at, { loss, correct }) {
    counters.step++
    counters.loss += loss
    counters.correct += correct
    if (at.isMultipleOf(every)) curves.add(at, { 'train/batch-loss': loss })
  },
})
