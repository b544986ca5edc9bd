import { expect, test } from 'vitest'
import { short } from '../../../runtime/format/number.ts'

test('whole numbers are shown whole, whatever their size', () => {
  expect([0, 7, 35402, 1_088_310, -266_610, 2 ** 53 - 1].map(short)).toEqual(['0', '7', '35402', '1088310', '-266610', '9007199254740991'])
})

test('of others four digits count, and none before the point is made up', () => {
  expect([0.123456, 12.34567, 999.96, 35402.4, 123456.789, 0.00001234567].map(short)).toEqual([
    '0.1235',
    '12.35',
    '1000',
    '35402',
    '123457',
    '0.00001235',
  ])
})

test('numbers beyond what is exact are written by their size, and those that are none by their names', () => {
  expect([1.5e18, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(short)).toEqual([
    '1.500e+18',
    'NaN',
    'Infinity',
    '-Infinity',
  ])
})
