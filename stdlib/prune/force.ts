/**
 * FORCE: foresight connection sensitivity (de Jorge et al., ICLR 2021, arXiv 2006.09081, algorithm 1). In each round |w · ∂L/∂w| with the
 * gradient at the network that the last round left and the weights of the whole one: what was removed may return.
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
