import { expect, test } from 'vitest'
import type { PruneOptions } from '../../../dsl/graph/stage-options.ts'
import { lamp, magnitude } from '../../../stdlib/index.ts'
import { lampScores } from '../../../stdlib/prune/lamp.ts'
import { rankedMasks } from '../../../stdlib/prune/ranking.ts'
import { bits, prunedByMagnitude, tiny } from '../networks.ts'

const weights = { fc1: [3, -1, 2, -4, 0.5, 0], out: [0.3, 0.1, -0.2, 0.4, 0.05, 0] }
const pruned = (sparsity: number, given: Parameters<typeof tiny>[0], scope?: 'layer') => {
  const network = tiny(given)
  return bits(rankedMasks(network, lampScores(network), lamp(sparsity, scope && { scope }).spec as PruneOptions))
}

test('a square over the sum of it and all larger ones in its layer, by hand', () => {
  // Squares 9 1 4 16 0.25 0: 9/25, 1/30, 4/29, 16/16, 0.25/30.25, 0/30.25.
  const scores = lampScores(tiny(weights)).get('fc1/kernel')!
  ;[9 / 25, 1 / 30, 4 / 29, 1, 0.25 / 30.25, 0].forEach((score, i) => {
    expect(scores[i]).toBeCloseTo(score, 6)
  })
})

test('a layer counts for no more or less because its weights are large: the ranking by magnitude would empty the other', () => {
  expect(pruned(0.5, weights)).toEqual({ fc1: [1, 0, 1, 1, 0, 0], out: [1, 0, 1, 1, 0, 0] })
  expect(() => prunedByMagnitude(tiny(weights), magnitude(0.6).spec)).toThrow('Pruning would remove every weight of layer out.')
  // The largest of a layer has the score 1, whatever is asked for.
  expect(pruned(10 / 12, weights)).toEqual({ fc1: [0, 0, 0, 1, 0, 0], out: [0, 0, 0, 1, 0, 0] })
})

test('in a layer the smallest go, in the order of magnitude', () => {
  const other = { ...weights, out: [1, 1, 1, 1, 1, 1] }
  // Of equal ones the first has the smallest share: 1/6, 1/5, … 1.
  const [first, second] = [lampScores(tiny(other)).get('out/kernel')!, pruned(0.5, other, 'layer')]
  ;[1 / 6, 1 / 5, 1 / 4, 1 / 3, 1 / 2, 1].forEach((score, i) => {
    expect(first[i]).toBeCloseTo(score, 6)
  })
  expect(second).toEqual(bits(prunedByMagnitude(tiny(other), magnitude(0.5, { scope: 'layer' }).spec)))
})

test('what was removed before adds nothing, and a layer of zeros has no share at all', () => {
  expect([...lampScores(tiny({ ...weights, out: [0, 0, 0, 0, 0, 0] })).get('out/kernel')!]).toEqual([0, 0, 0, 0, 0, 0])
})
