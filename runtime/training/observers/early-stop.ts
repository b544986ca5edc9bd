/**
 * Where a training would have been stopped: the lowest validation loss on a grid of steps (Frankle & Carbin, 2019, every 100 iterations).
 * Test is read at that point, never used to choose it. Nothing in the training depends on it.
 */
import { lossOf, namedMeasures } from '../../../stdlib/training/evaluator.ts'
import type { Observe } from '../observer.ts'
import type { Step } from '../step.ts'

export const earlyStop: Observe = ({ options: { earlyStop: every }, trained, validation, test, end, counters, curves }) => {
  if (every === undefined || test === undefined) return
  return {
    looksAt: (at) => at.isMultipleOf(every),
    after: async (at) => (at.isMultipleOf(every) ? measure(at) : undefined),
    async atEnd() {
      if (end.isMultipleOf(every)) return
      await measure(end)
      curves.report()
    },
    metrics() {
      if (counters.best === undefined) return {}
      const { step, validation, test } = counters.best
      return {
        'earlyStop/step': step,
        ...namedMeasures('earlyStop/validation', validation),
        ...namedMeasures('earlyStop/test', test),
      }
    },
  }

  /** Of equal losses the first counts. */
  async function measure(at: Step): Promise<undefined> {
    const measured = await trained.measure(validation)
    const loss = lossOf(measured)
    const lower = Number.isFinite(loss) && (counters.best === undefined || loss < lossOf(counters.best.validation))
    if (lower) counters.best = { step: at.steps, validation: measured, test: await trained.measure(test!) }
    curves.add(at, { 'earlyStop/validation/loss': loss })
  }
}
