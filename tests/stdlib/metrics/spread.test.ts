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
