/** Movement pruning (Sanh, Wolf & Rush, 2020): a weight is worth −Σ w · ∂L/∂w over the steps so far, which the training sums up. */
import type { WeightCriterion } from './criterion.ts'

export const movementCriterion: WeightCriterion = {
  movement: true,
  scorer: async () => (network) => network.movement!, // only during training, which gives it
}
