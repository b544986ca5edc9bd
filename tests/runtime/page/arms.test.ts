import { expect, test } from 'vitest'
import { type ArmsShown, colourOf, dashOf, letterOf } from '../../../runtime/page/parts/arms.ts'

const armsOf = (count: number): ArmsShown => ({
  names: Array.from({ length: count }, (_, i) => `arm ${i}`),
  chosen: new Set(),
  near: undefined,
})

test('arms that colours tell apart have no letters, more have one each', () => {
  const few = armsOf(7)
  expect(new Set(few.names.map((name) => colourOf(few, name))).size).toBe(7)
  expect(few.names.map((name) => letterOf(few, name))).toEqual(few.names.map(() => undefined))

  const many = armsOf(800)
  expect([0, 7, 25, 26, 27, 51, 52, 701, 702].map((i) => letterOf(many, `arm ${i}`))).toEqual([
    ...['A', 'H', 'Z', 'AA', 'AB', 'AZ', 'BA', 'ZZ', 'AAA'],
  ])
  expect(new Set(many.names.map((name) => letterOf(many, name))).size).toBe(800)
  // Two of one colour have another dash.
  expect(colourOf(many, 'arm 7')).toBe(colourOf(many, 'arm 0'))
  expect(dashOf(many, 'arm 7')).not.toEqual(dashOf(many, 'arm 0'))
})
