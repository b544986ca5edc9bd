/**
 * FORCE: foresight connection sensitivity (de Jorge et al., ICLR 2021, arXiv 2006.09081, algorithm 1). Each round computes |w · ∂L/∂w| with
 * the gradient of the network pruned by the previous round, and the weights of the dense network. Removed weights may return.
 */
import { applyMasks } from '../masks.ts'
import type { CriterionOf, IterativeCriterion } from './criterion.ts'
import { sensitivities } from './gradient.ts'
import { gradientFor } from './loss-gradient.ts'

export const forceCriterion: IterativeCriterion<CriterionOf<'force'>> = {
  rounds: ({ rounds }) => rounds,
  returns: true,
  async scorer(criterion, { topology }, services) {
    const gradient = await gradientFor(criterion, topology.model, services)
    return {
      scores: async ({ weights, masks }, round) => sensitivities(weights, await gradient.at(applyMasks(weights, masks), round)),
      dispose: () => gradient.dispose(),
    }
  },
}
