/** Pruning during training: masks that change before a step, and a last time after all of them. */
import { changesAt, gradualMasks, inSteps, reached, spendsStep } from '../../../stdlib/prune/gradual.ts'
import { dropFraction, type Growth, regrown } from '../../../stdlib/prune/regrow.ts'
import type { Observe } from '../observer.ts'
import type { Step } from '../step.ts'

export const pruning: Observe = ({ options, network: { topology }, choose, trainer, start, end, curves }) => {
  if (options.pruning === undefined || choose === undefined) return
  const pruning = inSteps(options.pruning, end.perEpoch)
  const span = { from: start.steps, steps: end.steps }
  return {
    looksAt: ({ steps }) => changesAt(pruning, span, steps),
    async before(at) {
      if (!changesAt(pruning, span, at.steps) || spendsStep(pruning, span, at.steps)) return
      // What was never trained has no reason to go.
      await change(at, at.since(start) === 0 ? undefined : { seed: options.seed, step: at.steps })
    },
    async instead(at, inputs) {
      if (!changesAt(pruning, span, at.steps) || !spendsStep(pruning, span, at.steps)) return undefined
      const { gradients, outcome } = await trainer.gradients(inputs)
      await change(at, { gradients })
      return outcome
    },
    async atEnd() {
      if (!reached(pruning, span)) await change(end)
      curves.report()
    },
  }

  async function change(at: Step, growth?: Growth): Promise<void> {
    const flips = await trainer.remask((weights, masks, movement) => {
      const left = gradualMasks(pruning, choose!, { topology, weights, masks, movement, step: at.steps }, at.partOf(end))
      const { regrow } = pruning
      return regrow === undefined || growth === undefined
        ? left
        : regrown({ topology, weights, masks: left }, dropFraction(regrow, at.partOf(end)), growth)
    })
    curves.add(at, { 'prune/flips': flips })
  }
}
