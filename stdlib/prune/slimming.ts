/** Network slimming (Liu et al., 2017): the score of a channel is batch norm's |γ|. */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { ChannelCriterion } from './criterion.ts'

/** @throws PipelineProblem for layers without batch norm */
export const slimmingCriterion: ChannelCriterion = {
  channelScores({ size, producers, sources }, weights) {
    const scales = sources.filter(({ parameter }) => parameter.endsWith('/gamma'))
    if (scales.length === 0) {
      throw new PipelineProblem({
        title: `Slimming ranks channels by batch norm's scale, and ${producers[0]} has no batch norm.`,
        facts: { layers: producers.join(', ') },
        hint: 'Use filterL1() or filterL2(), or exclude the layer.',
      })
    }
    const sums = new Float64Array(size)
    for (const { parameter } of scales) for (const [c, scale] of weights.get(parameter)!.entries()) sums[c]! += Math.abs(scale)
    return Float32Array.from(sums)
  },
}
