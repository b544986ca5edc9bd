/**
 * One-shot pruning in rounds: each round recomputes the scores of the remaining weights, and the density decreases by the same factor every
 * time, to (1 − s)^(r/R) after round r of R (Tanaka et al., 2020, algorithm 1; de Jorge et al., 2021, section 4). The final number of
 * weights is the same as in one round, because each round counts from the initial masks.
 */
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import type { Masks, Network } from '../network.ts'
import type { StageServices } from '../training/services.ts'
import type { IterativeCriterion, Scores } from './criterion.ts'
import { rankedMasks } from './ranking.ts'

/** @throws PipelineProblem as `rankedMasks`, after any round */
export async function prunedInRounds(
  record: IterativeCriterion,
  network: Network,
  options: PruneOptions,
  services: StageServices,
): Promise<Masks> {
  const { criterion, sparsity } = options
  const rounds = record.rounds(criterion)
  const scorer = await record.scorer(criterion, network, services)
  try {
    let masks: Masks = network.masks
    for (let round = 1; round <= rounds; round++) {
      const scores = await scorer.scores({ ...network, masks }, round)
      const ranked = record.returns === true ? scores : goneFirst(scores, masks)
      masks = rankedMasks(network, ranked, { ...options, sparsity: sparsityAfter(sparsity, round / rounds) })
    }
    return masks
  } finally {
    scorer.dispose()
  }
}

/** Exactly the full fraction after the last round. */
export function sparsityAfter(sparsity: PruneOptions['sparsity'], part: number): PruneOptions['sparsity'] {
  if (part === 1) return sparsity
  if (typeof sparsity === 'number') return 1 - (1 - sparsity) ** part
  return Object.fromEntries(Object.entries(sparsity).map(([layer, fraction]) => [layer, 1 - (1 - fraction) ** part]))
}

/** Weights that an earlier round removed rank below all others. */
const goneFirst = (scores: Scores, masks: Masks): Scores =>
  new Map(
    [...scores].map(([name, values]) => {
      const mask = masks.get(name)
      return [name, mask === undefined ? values : values.map((value, i) => (mask[i] === 1 ? value : Number.NEGATIVE_INFINITY))]
    }),
  )
