/** Pruning in the course of a training: masks that change before a step, and a last time after all of them. */
import { changesAt, gradualMasks, inSteps, reached } from '../../../stdlib/prune/gradual.ts'
import type { Observe } from '../observer.ts'
import type { Step } from '../step.ts'

export const pruning: Observe = ({ options, network: { topology }, choose, trainer, start, end, curves }) => {
  if (options.pruning === undefined || choose === undefined) return
  const pruning = inSteps(options.pruning, end.perEpoch)
  const span = { from: start.steps, steps: end.steps }
  return {
    async before(at) {
      if (changesAt(pruning, span, at.steps)) await change(at)
    },
    async atEnd() {
      if (!reached(pruning, span)) await change(end)
      curves.report()
    },
  }

  async function change(at: Step): Promise<void> {
    const flips = await trainer.remask((weights, masks, movement) =>
      gradualMasks(pruning, choose!, { topology, weights, masks, movement }, at.partOf(end)),
    )
    curves.add(at, { 'prune/flips': flips })
  }
}
