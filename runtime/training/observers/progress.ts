/** Tells how far a training is, at most a few times a second. */
import type { Observe } from '../observer.ts'

/** Milliseconds between reports; no result depends on it. */
const reportEvery = 200

export const progress: Observe = ({ context, options, examples, start, end, counters }) => {
  const steps = end.since(start)
  let last = performance.now()
  let lastStep: number | undefined
  return {
    async after(at, { loss }) {
      const now = performance.now()
      if (now - last < reportEvery && at.isBefore(end)) return
      const step = at.since(start)
      const stepsPerSecond = lastStep === undefined ? null : ((step - lastStep) / (now - last)) * 1000
      last = now
      lastStep = step
      const accuracy = examples.target?.kind === 'numbers' ? null : counters.correct / (options.batch * at.inEpoch(start))
      const epoch = Math.ceil(at.steps / at.perEpoch)
      context.report({ type: 'progress', step, steps, epoch, epochs: end.epoch, loss, accuracy, stepsPerSecond })
    },
  }
}
