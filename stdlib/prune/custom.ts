/** Scores by a custom criterion, which receives a copy of each prunable kernel and may change it. */
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import type { Score } from '../../dsl/parts/criteria.ts'
import { applyMasks } from '../masks.ts'
import { sizeOf } from '../network.ts'
import { Stream } from '../random/stream.ts'
import { calling, wrongResult } from '../user-functions.ts'
import type { CriterionOf, PrunableNetwork, Scores, WeightCriterion } from './criterion.ts'
import { type GradientSums, gradientFor } from './loss-gradient.ts'

export const customCriterion: WeightCriterion<CriterionOf<'custom'>> = {
  async scorer({ fn, gradient: sampled }, { topology, weights, masks }, services) {
    const score = await services.userFunction<Score>(fn)
    if (sampled === undefined) return (network, { sparsity }) => customScores(network, score, sparsity)
    const found = await gradientFor(sampled, topology.model, services)
    const gradient = await found.at(applyMasks(weights, masks), 1)
    found.dispose()
    return (network, { sparsity }) => customScores(network, score, sparsity, gradient)
  },
}

/** @throws FunctionProblem if the result is not a number for each weight */
export function customScores(
  { topology, weights, masks, step = 0 }: PrunableNetwork,
  score: Score,
  sparsity: PruneOptions['sparsity'],
  gradient?: GradientSums,
): Scores {
  const name = score.name || 'criterion'
  return new Map(
    topology.parameters
      .filter(({ prunable }) => prunable)
      .map((parameter, index) => {
        const size = sizeOf(parameter.shape)
        const values = weights.get(parameter.name)!
        const mask = masks.get(parameter.name)?.slice() ?? new Uint8Array(size).fill(1)
        const fraction = fractionOf(parameter.layer, sparsity)
        const drawn = new Stream(digestOf(values), 'criterion', index, step)
        const sum = gradient?.get(parameter.name)
        const facts = {
          layer: parameter.layer,
          shape: [...parameter.shape],
          mask,
          fraction,
          step,
          random: () => drawn.uniform(),
          ...(sum === undefined ? {} : { gradient: Float32Array.from(sum) }),
        }
        const scores: unknown = calling('criterion', name, () => score(values.slice(), facts))
        const wrong = wrongScores(scores, size)
        if (wrong === undefined) return [parameter.name, scores as Float32Array] as const // looked at
        throw wrongResult(
          'criterion',
          name,
          'Your criterion did not give one score for each weight.',
          { layer: parameter.layer, expected: `Float32Array of ${size} numbers`, given: wrong },
          'The smallest scores are removed first; NaN has no place in an order.',
        )
      }),
  )
}

/** The target of a layer. */
export const fractionOf = (layer: string, sparsity: PruneOptions['sparsity']): number =>
  typeof sparsity === 'number' ? sparsity : (sparsity[layer] ?? 0)

/** FNV-1a over the bits of the weights, as a seed that differs between networks. */
function digestOf(values: Float32Array): number {
  let hash = 0x811c9dc5
  for (const word of new Uint32Array(values.slice().buffer)) hash = Math.imul(hash ^ word, 0x01000193) >>> 0
  return hash
}

function wrongScores(scores: unknown, size: number): string | undefined {
  if (!(scores instanceof Float32Array)) return `${Object(scores).constructor?.name ?? typeof scores}: ${String(scores).slice(0, 60)}`
  if (scores.length !== size) return `${scores.length} numbers`
  const position = scores.findIndex(Number.isNaN)
  return position === -1 ? undefined : `NaN at position ${position}`
}
