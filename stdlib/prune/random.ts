/** Random pruning: a random score in (0, 1) for each weight, with one stream per parameter. */
import { sizeOf, type Topology } from '../network.ts'
import { Stream } from '../random/stream.ts'
import type { CriterionOf, Scores, WeightCriterion } from './criterion.ts'

export const randomCriterion: WeightCriterion<CriterionOf<'random'>> = {
  async scorer({ seed }, { topology }) {
    const scores = randomScores(topology, seed)
    return () => scores
  },
}

function randomScores({ parameters }: Topology, seed: number): Scores {
  return new Map(
    parameters.flatMap(({ name, shape, prunable }, index) => {
      if (!prunable) return []
      const stream = new Stream(seed, 'prune', index)
      return [[name, Float32Array.from({ length: sizeOf(shape) }, () => stream.uniform())]]
    }),
  )
}
