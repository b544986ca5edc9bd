/** Movement pruning (Sanh, Wolf & Rush, 2020): the score of a weight is −Σ w · ∂L/∂w over the steps so far, accumulated by the training. */
import type { WeightCriterion } from './criterion.ts'

export const movementCriterion: WeightCriterion = {
  movement: true,
  scorer: async () => (network) => network.movement!, // only during training, which provides it
}
