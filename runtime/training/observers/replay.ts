/** Ends a training that is done again for a snapshot alone, once that is kept. */
import type { Observe } from '../observer.ts'
import { Step } from '../step.ts'

export const replay: Observe = ({ context: { job }, numerics, checkpoints, end, counters: { snapshots, weights }, curves }) => {
  const last = job.stopAfter === null ? end : Step.of(job.stopAfter, end.perEpoch)
  if (!last.isBefore(end)) return
  return {
    looksAt: (at) => at.since(last) === 0,
    async after(at) {
      if (at.since(last) !== 0) return
      await checkpoints.settle()
      curves.report()
      return { artifact: null, snapshots, metrics: {}, numerics, weights }
    },
  }
}
