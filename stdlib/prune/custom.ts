/** Scores by a criterion of the user's: each prunable kernel on its own, in copies that it may do with as it likes. */
import type { Score } from '../../dsl/parts/criteria.ts'
import { type Network, sizeOf } from '../network.ts'
import { calling, wrongResult } from '../user-functions.ts'
import type { CriterionOf, Scores, WeightCriterion } from './criterion.ts'

export const customCriterion: WeightCriterion<CriterionOf<'custom'>> = {
  async scorer({ fn }, _, services) {
    const score = await services.userFunction<Score>(fn)
    return (network) => customScores(network, score)
  },
}

/** @throws FunctionProblem for what is not a number for each weight */
export function customScores({ topology, weights, masks }: Network, score: Score): Scores {
  const name = score.name || 'criterion'
  return new Map(
    topology.parameters
      .filter(({ prunable }) => prunable)
      .map((parameter) => {
        const size = sizeOf(parameter.shape)
        const mask = masks.get(parameter.name)?.slice() ?? new Uint8Array(size).fill(1)
        const facts = { layer: parameter.layer, shape: [...parameter.shape], mask }
        const scores: unknown = calling('criterion', name, () => score(weights.get(parameter.name)!.slice(), facts))
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

function wrongScores(scores: unknown, size: number): string | undefined {
  if (!(scores instanceof Float32Array)) return `${Object(scores).constructor?.name ?? typeof scores}: ${String(scores).slice(0, 60)}`
  if (scores.length !== size) return `${scores.length} numbers`
  const position = scores.findIndex(Number.isNaN)
  return position === -1 ? undefined : `NaN at position ${position}`
}
