/**
 * Connection sensitivity (Lee, Ajanthan & Torr, 2019, equation 6): |w · ∂L/∂w|, with the gradient over a few batches of training data. In
 * rounds, it is recomputed for the remaining weights on different batches: iterative SNIP (de Jorge et al., ICLR 2021, arXiv 2006.09081,
 * section 4).
 */
import { applyMasks } from '../masks.ts'
import type { Weights } from '../network.ts'
import type { CriterionOf, IterativeCriterion, Scores } from './criterion.ts'
import { type GradientSums, gradientFor } from './loss-gradient.ts'

export const gradientCriterion: IterativeCriterion<CriterionOf<'gradient'>> = {
  rounds: ({ rounds = 1 }) => rounds,
  async scorer(criterion, { topology }, services) {
    const gradient = await gradientFor(criterion, topology.model, services)
    return {
      async scores({ weights, masks }, round) {
        const left = applyMasks(weights, masks)
        return sensitivities(left, await gradient.at(left, round))
      },
      dispose: () => gradient.dispose(),
    }
  },
}

export const sensitivities = (weights: Weights, sums: GradientSums): Scores =>
  new Map([...sums].map(([name, sum]) => [name, weights.get(name)!.map((weight, i) => Math.abs(weight * sum[i]!))]))
