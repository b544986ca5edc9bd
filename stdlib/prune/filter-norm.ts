/**
 * Norms of filters: the score of a channel is Σ|w| (Li et al., 2017) or √Σw² (He et al., 2018). If layers share a channel, their norms are
 * added.
 */
import type { ChannelGroup } from '../models/structure/channels.ts'
import type { ChannelCriterion } from './criterion.ts'
import { eachWeight } from './structured.ts'

export const filterL1Criterion: ChannelCriterion = {
  channelScores(group, weights, shapes) {
    const sums = new Float64Array(group.size)
    for (const place of kernelsOf(group)) {
      const values = weights.get(place.parameter)!
      eachWeight(place, shapes.get(place.parameter)!, group.size, (i, c) => {
        sums[c]! += Math.abs(values[i]!)
      })
    }
    return Float32Array.from(sums)
  },
}

export const filterL2Criterion: ChannelCriterion = {
  channelScores(group, weights, shapes) {
    const norms = new Float64Array(group.size)
    for (const place of kernelsOf(group)) {
      const [values, squares] = [weights.get(place.parameter)!, new Float64Array(group.size)]
      eachWeight(place, shapes.get(place.parameter)!, group.size, (i, c) => {
        squares[c]! += values[i]! ** 2
      })
      for (const [c, square] of squares.entries()) norms[c]! += Math.sqrt(square)
    }
    return Float32Array.from(norms)
  },
}

const kernelsOf = ({ producers, sources }: ChannelGroup) =>
  sources.filter(({ parameter }) => producers.some((layer) => parameter === `${layer}/kernel`))
