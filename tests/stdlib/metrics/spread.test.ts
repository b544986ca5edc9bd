import { describe, expect, test } from 'vitest'
import { deviation, mean, pairedSpread, spread } from '../../../stdlib/metrics/spread.ts'
import { studentQuantile } from '../../../stdlib/metrics/student-t.ts'

test.each([
  [0.975, 1, 12.7062],
  [0.975, 2, 4.30265],
  [0.975, 4, 2.77645],
  [0.975, 9, 2.26216],
  [0.975, 30, 2.04227],
  [0.975, 1000, 1.96234],
  [0.95, 3, 2.35336],
  [0.995, 5, 4.03214],
])("Student's t, %d at %d degrees of freedom: %d, as in the tables", (p, freedom, t) => {
  expect(studentQuantile(p, freedom)).toBeCloseTo(t, 4)
})

test('mean and sample deviation', () => {
  expect(mean([1, 2, 3, 4])).toBe(2.5)
  expect(deviation([1, 2, 3, 4])).toBeCloseTo(Math.sqrt(5 / 3), 12)
})

describe('over seeds', () => {
  test('mean, deviation, ends, and where the mean lies with 95 % confidence', () => {
    const { interval, ...rest } = spread([3, 1, 2])
    expect(rest).toEqual({ count: 3, mean: 2, std: 1, min: 1, max: 3 })
    // 4.30265 / √3
    expect(interval![0]).toBeCloseTo(2 - 2.48414, 4)
    expect(interval![1]).toBeCloseTo(2 + 2.48414, 4)
  })

  test('the interval of a proportion is that of its logit', () => {
    // By hand: mean 0.82, deviation 0.02, t 4.30265; the logit is ln(0.82 / 0.18) = 1.51635 ± 4.30265 · 0.02 / √3 / (0.82 · 0.18) = 0.33661.
    const [low, high] = spread([0.8, 0.82, 0.84], [0, 1]).interval!
    expect([low, high]).toEqual([expect.closeTo(1 / (1 + Math.exp(-1.17974)), 5), expect.closeTo(1 / (1 + Math.exp(-1.85296)), 5)])
    // Of twice as much out of 2 it is twice as much.
    expect(spread([1.6, 1.64, 1.68], [0, 2]).interval).toEqual([expect.closeTo(2 * low, 12), expect.closeTo(2 * high, 12)])
  })

  test('no interval leaves what a value can be, and none without a deviation is wide', () => {
    for (const values of [
      [0.999, 1],
      [0, 0.001],
      [0, 1],
      [0.5, 1, 1, 1],
    ]) {
      const [low, high] = spread(values, [0, 1]).interval!
      expect([low >= 0, low < mean(values), high > mean(values), high <= 1]).toEqual([true, true, true, true])
    }
    expect(spread([1, 1, 1], [0, 1]).interval).toEqual([1, 1])
    expect(spread([0, 0], [0, 1]).interval).toEqual([0, 0])
    expect(spread([0.1, 2], [0, Number.POSITIVE_INFINITY]).interval![0]).toBe(0)
  })

  test('differences of proportions are cut at -1 and 1', () => {
    const bySeed = (...values: readonly number[]) => new Map(values.map((value, seed) => [String(seed), value]))
    expect(pairedSpread(bySeed(0.1, 0.9), bySeed(0.2, 0.3), [0, 1])!.interval).toEqual([-1, 1])
    expect(pairedSpread(bySeed(0.1, 0.9), bySeed(0.2, 0.3))!.interval![0]).toBeLessThan(-1)
  })

  test('one number has no deviation and no interval', () => {
    expect(spread([0.5])).toEqual({ count: 1, mean: 0.5, min: 0.5, max: 0.5 })
  })

  test('differences are paired: what seeds have in common cancels', () => {
    const of = new Map([
      ['0', 0.9],
      ['1', 0.7],
      ['2', 0.1],
    ])
    const to = new Map([
      ['1', 0.6],
      ['0', 0.8],
      ['3', 0.2],
    ])
    const { count, mean, std } = pairedSpread(of, to)!
    expect(count).toBe(2)
    expect(mean).toBeCloseTo(0.1, 12)
    expect(std).toBeCloseTo(0, 12)
    expect(pairedSpread(of, new Map())).toBeUndefined()
  })

  test('seeds inside a seed count by their mean, on either side, also where there are none outside', () => {
    const often = new Map([
      ['0/0', 0.5],
      ['0/1', 0.7],
      ['1/0', 0.4],
    ])
    const once = new Map([
      ['0', 0.5],
      ['1', 0.6],
    ])
    // 0.6 − 0.5 and 0.4 − 0.6.
    expect(pairedSpread(often, once)).toMatchObject({ count: 2, mean: expect.closeTo(-0.05, 12), min: expect.closeTo(-0.2, 12) })
    expect(pairedSpread(once, often)).toMatchObject({ count: 2, mean: expect.closeTo(0.05, 12) })
    expect(pairedSpread(once, new Map([['', 0.5]]))).toMatchObject({ count: 1, mean: expect.closeTo(0.05, 12) })
  })
})
