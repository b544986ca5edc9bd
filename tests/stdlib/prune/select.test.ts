import fc from 'fast-check'
import { expect, test } from 'vitest'
import { removeSmallest } from '../../../stdlib/prune/select.ts'

test('the k smallest go, of equal ones the first, over several parameters: what a stable sort says', () => {
  const score = fc.oneof(
    fc.constantFrom(0, -0, 1, -1, 0.5, 2 ** -149, -(2 ** -149), 3.4e38, -3.4e38, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    fc.float({ noNaN: true }),
  )
  const parameter = fc.array(fc.record({ score, alive: fc.boolean() }), { maxLength: 40 })
  fc.assert(
    fc.property(fc.array(parameter, { minLength: 1, maxLength: 3 }), fc.double({ min: 0, max: 1, noNaN: true }), (parameters, part) => {
      const candidates = parameters.map((weights) => ({
        scores: Float32Array.from(weights, ({ score }) => score),
        mask: Uint8Array.from(weights, ({ alive }) => (alive ? 1 : 0)),
      }))
      const alive = candidates.flatMap(({ scores, mask }, p) => [...scores].flatMap((score, i) => (mask[i] === 1 ? [{ score, p, i }] : [])))
      const count = Math.floor(part * alive.length)
      const gone = alive.toSorted((a, b) => (a.score < b.score ? -1 : a.score > b.score ? 1 : 0)).slice(0, count)
      const expected = candidates.map(({ mask }) => mask.slice())
      for (const { p, i } of gone) expected[p]![i] = 0
      removeSmallest(candidates, count)
      expect(candidates.map(({ mask }) => [...mask])).toEqual(expected.map((mask) => [...mask]))
    }),
    { numRuns: 300 },
  )
})
