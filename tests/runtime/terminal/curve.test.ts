import fc from 'fast-check'
import { expect, test } from 'vitest'
import { curve } from '../../../runtime/terminal/curve.ts'

test('a straight line goes from corner to corner, its range at the left and its steps below', () => {
  const line = [0, 1, 2, 3].map((i) => ({ step: i * 10, value: i }))
  expect(curve(line, 8, 2)).toEqual(['3 ┤⠀⠀⢀⠔⠊', '0 ┤⡠⠔⠁', '   0  30'])
})

test('dots are where they belong: two points, first low then high', () => {
  // One character: two columns of four dots; low left is dot 7 (0x40), high right dot 4 (0x08), the line between them passes dots 2 and 3 or 5 and 6.
  const [line] = curve(
    [
      { step: 0, value: 0 },
      { step: 1, value: 1 },
    ],
    4,
    1,
  )
  const cell = line!.codePointAt(line!.length - 1)! - 0x2800
  expect(cell & 0x40).toBe(0x40)
  expect(cell & 0x08).toBe(0x08)
  expect(cell & 0x01).toBe(0)
  expect(cell & 0x80).toBe(0)
})

test('nothing to draw is no line; one point is a dot with its value', () => {
  expect(curve([], 40)).toEqual([])
  expect(curve([{ step: 1, value: Number.NaN }], 40)).toEqual([])
  const lines = curve([{ step: 5, value: 0.25 }], 40, 3)
  expect(lines[0]).toMatch(/^0\.25 ┤/)
  expect(lines.join('')).toMatch(/[\u2801-\u28ff]/u)
})

test('whatever the points, every line fits, and there are as many as asked', () => {
  const point = fc.record({ step: fc.nat(1e6), value: fc.double() })
  fc.assert(
    fc.property(
      fc.array(point, { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 16, max: 120 }),
      fc.integer({ min: 1, max: 10 }),
      (points, columns, rows) => {
        const lines = curve(points, columns, rows)
        if (lines.length === 0) return points.every(({ value }) => !Number.isFinite(value))
        return lines.length === rows + 1 && lines.every((line) => line.length <= columns)
      },
    ),
  )
})

test.each([
  ['beyond whole numbers', { step: 0, value: -9999500000000000000 }, { step: 100, value: 0 }, '-1.000e+19'],
  ['just within them', { step: 10_000, value: -999_999_999_999_999.6 }, { step: 100_000, value: 0 }, '-1.000e+15'],
])('labels of huge values stay short: %s', (_, first, last, label) => {
  const lines = curve([first, last], 30, 2)
  expect(lines[1]).toMatch(label)
  expect(lines.every((line) => line.length <= 30)).toBe(true)
})

test('steps that are wider than the curve start further left', () => {
  const steps = [100_000, 999_999].map((step) => ({ step, value: -step / 7e300 }))
  expect(curve(steps, 16, 1).at(-1)).toBe('   100000 999999')
})
