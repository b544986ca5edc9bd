/** Movement pruning (Sanh, Wolf & Rush, 2020): a weight is worth −Σ w · ∂L/∂w over the steps so far, which the training sums up. */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { WeightCriterion } from './criterion.ts'

export const movementCriterion: WeightCriterion = {
  movement: true,
  scorer:
    async () =>
    ({ movement }) => {
      if (movement !== undefined) return movement
      throw new PipelineProblem({
        title: 'movement() looks at how weights move, so it prunes in the course of a training.',
        facts: [],
        hint: 'For example prune(movement(0.9), { schedule: cubic() }).',
      })
    },
}
