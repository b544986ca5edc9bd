import { expect, test } from 'vitest'
import { csvLines } from '../../../runtime/format/csv.ts'

test('a line for each row, nothing where there is nothing', () => {
  expect(
    csvLines({
      columns: ['a', 'b'],
      rows: [
        ['x', 0.5],
        [null, 1e-7],
      ],
    }),
  ).toEqual(['a,b', 'x,0.5', ',1e-7'])
})

test('commas and quotes are quoted; line ends and controls cannot be in a cell', () => {
  expect(csvLines({ columns: ['a'], rows: [['a,"b"\nc'], ['d\r\u001b[2J']] })).toEqual(['a', '"a,""b""�c"', 'd��[2J'])
})

test('what a spreadsheet would compute is text to it; numbers stay numbers', () => {
  const rows = [
    ['=1+1', '-2+3'],
    ['@sum', '+x'],
    ['\t=1', '＝1'],
    [-0.5, '-0.5'],
  ] as const
  expect(csvLines({ columns: ['=a', 'b'], rows })).toEqual(["'=a,b", "'=1+1,'-2+3", "'@sum,'+x", "    =1,'＝1", '-0.5,-0.5'])
})

test('numbers that are none are written as such', () => {
  expect(csvLines({ columns: ['a', 'b'], rows: [[Number.NaN, Number.NEGATIVE_INFINITY]] })).toEqual(['a,b', 'NaN,-Infinity'])
})
