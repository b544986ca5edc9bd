/**
 * Scores of whole channels by a custom criterion, which receives a copy of each filter. The scores of layers that share channels are added.
 */
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import type { FilterScore } from '../../dsl/parts/criteria.ts'
import type { ChannelGroup } from '../models/structure/channels.ts'
import { sizeOf, type Weights } from '../network.ts'
import { calling, wrongResult } from '../user-functions.ts'
import type { CriterionOf, UserChannelCriterion } from './criterion.ts'
import { fractionOf } from './custom.ts'
import { eachWeight } from './structured.ts'

export const customFilterCriterion: UserChannelCriterion<CriterionOf<'customFilter'>> = {
  async channelCriterion({ fn }, services) {
    const score = await services.userFunction<FilterScore>(fn)
    return ({ sparsity }) => ({ channelScores: (group, weights, shapes) => filterScores(group, weights, shapes, score, sparsity) })
  },
}

/** @throws FunctionProblem if the result is not a number */
export function filterScores(
  group: ChannelGroup,
  weights: Weights,
  shapes: ReadonlyMap<string, readonly number[]>,
  score: FilterScore,
  sparsity: PruneOptions['sparsity'],
): Float32Array {
  const name = score.name || 'filterCriterion'
  const sums = new Float64Array(group.size)
  for (const layer of group.producers) {
    const place = group.sources.find(({ parameter }) => parameter === `${layer}/kernel`)
    if (place === undefined) continue
    const [values, shape] = [weights.get(place.parameter)!, shapes.get(place.parameter)!]
    const filters = Array.from({ length: group.size }, () => new Float32Array(sizeOf(shape) / group.size))
    const filled = new Uint32Array(group.size)
    eachWeight(place, shape, group.size, (i, channel) => {
      filters[channel]![filled[channel]!++] = values[i]!
    })
    filters.forEach((filter, channel) => {
      const facts = { layer, shape: [...shape], fraction: fractionOf(layer, sparsity), channel }
      const given: unknown = calling('criterion', name, () => score(filter.slice(0, filled[channel]), facts))
      if (typeof given === 'number' && !Number.isNaN(given)) {
        sums[channel]! += given
        return
      }
      throw wrongResult(
        'criterion',
        name,
        'Your criterion did not give a score for a filter.',
        { layer, channel, expected: 'a number', given: String(given).slice(0, 60) },
        'The smallest scores are removed first; NaN has no place in an order.',
      )
    })
  }
  return Float32Array.from(sums)
}
