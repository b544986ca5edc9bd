/** Checkpoints from time to time, and when the stage is asked to stop. At the end, what longer trainings go on from. */
import type { Observe } from '../observer.ts'

export const checkpointing: Observe = ({ context, checkpoints, start, end, curves }) => ({
  async after(at) {
    if (!at.isBefore(end)) return
    if (context.stopping()) {
      curves.report()
      await checkpoints.settle()
      await checkpoints.write()
      await checkpoints.settle()
      return { stoppedAt: at.since(start), steps: end.since(start) }
    }
    if (checkpoints.due()) {
      curves.report()
      await checkpoints.write()
    }
  },
})

export const keptState: Observe = ({ context, checkpoints }) => ({
  async atEnd() {
    await checkpoints.settle()
    if (context.job.keepState) await checkpoints.keep()
  },
})
