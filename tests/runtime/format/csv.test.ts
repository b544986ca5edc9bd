import { expect, test } from 'vitest'
import { csvText } from '../../../runtime/format/csv.ts'

test('a line for each row, nothing where there is nothing', () => {
  expect(
    csvText({
      columns: ['a', 'b'],
      rows: [
        ['x', 0.5],
        [null, 1e-7],
      ],
    }),
  ).toBe('a,b\nx,0.5\n,1e-7\n')
})

test('commas, quotes and line ends are quoted', () => {
  expect(csvText({ columns: ['a'], rows: [['a,"b"\nc'], ['d\r']] })).toBe('a\n"a,""b""\nc"\n"d\r"\n')
})

test('numbers that are none are written as such', () => {
  expect(csvText({ columns: ['a', 'b'], rows: [[Number.NaN, Number.NEGATIVE_INFINITY]] })).toBe('a,b\nNaN,-Infinity\n')
})
