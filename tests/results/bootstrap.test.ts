import { expect, test } from 'vitest'
import { overExamples } from '../../results/bootstrap.ts'

const bits = (count: number, has: (i: number) => boolean) => Uint8Array.from({ length: count }, (_, i) => (has(i) ? 1 : 0))

test('by hand: of examples of which a tenth differ the interval is d ± 1.96 √(Var / n), about', () => {
  // 1,000 examples, 100 right for the one alone: d = 0.1, variance 0.1 − 0.01, standard error √(0.09/1000) = 0.0095.
  const [low, high] = overExamples([[bits(1000, (i) => i % 10 < 6), bits(1000, (i) => i % 10 < 5)]])!
  expect(low).toBeCloseTo(0.1 - 1.96 * 0.0095, 2)
  expect(high).toBeCloseTo(0.1 + 1.96 * 0.0095, 2)
})

test('it is of pairs: what both have right or wrong adds nothing, however much that is', () => {
  const both = bits(1000, (i) => i % 2 === 0)
  expect(overExamples([[both, both]])).toEqual([0, 0])
})

test('seeds are averaged over, example by example; the same numbers give the same interval', () => {
  const [one, other] = [bits(200, (i) => i < 100), bits(200, (i) => i < 80)]
  const [low, high] = overExamples([
    [one, other],
    [other, one],
  ])!
  expect([low, high]).toEqual([0, 0])
  expect(overExamples([[one, other]])).toEqual(overExamples([[one, other]]))
})

test('without predictions, or of other examples, there is none', () => {
  expect(overExamples([])).toBeUndefined()
  expect(overExamples([[bits(3, () => true), bits(4, () => true)]])).toBeUndefined()
})
