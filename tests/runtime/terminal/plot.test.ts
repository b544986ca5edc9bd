import fc from 'fast-check'
import { expect, test } from 'vitest'
import { axisNumber } from '../../../runtime/terminal/axes.ts'
import { plot } from '../../../runtime/terminal/plot.ts'

const options = { columns: 15, rows: 3, logX: false, writeX: String, writeY: String }

test('marks stand where their values are, and the ends of both axes beside them', () => {
  const marks = [
    { sign: 'a', x: 0, y: 1 },
    { sign: 'b', x: 5, y: 2 },
    { sign: 'c', x: 10, y: 3 },
  ]
  expect(plot(marks, options)).toEqual(['3 ┤           c', '  │      b', '1 ┤a', '   0         10'])
})

test('on a logarithmic axis factors are equal steps', () => {
  const marks = [1, 10, 100].map((x) => ({ sign: 'o', x, y: 0 }))
  expect(plot(marks, { ...options, columns: 8, logX: true })[1]).toBe('0 ┤o o o'.replace('0 ┤', '  │'))
})

test('of two marks in one place the first is seen; of none nothing is drawn', () => {
  expect(
    plot(
      ['a', 'b'].map((sign) => ({ sign, x: 1, y: 1 })),
      options,
    ).join('\n'),
  ).not.toContain('b')
  expect(plot([], options)).toEqual([])
})

test('whatever the marks, every line fits', () => {
  const mark = fc.record({ sign: fc.constant('a'), x: fc.nat(1e6), y: fc.double({ noNaN: true, noDefaultInfinity: true }) })
  fc.assert(
    fc.property(
      fc.array(mark, { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 16, max: 120 }),
      fc.integer({ min: 1, max: 10 }),
      (marks, columns, rows) => {
        const lines = plot(marks, { columns, rows, logX: false, writeX: axisNumber, writeY: axisNumber })
        return lines.length === rows + 1 && lines.every((line) => line.length <= columns)
      },
    ),
  )
})
