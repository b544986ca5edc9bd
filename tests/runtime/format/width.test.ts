import { expect, test } from 'vitest'
import { aligned, fromTheEnd, fromTheStart, padEnd, padStart, widthOf } from '../../../runtime/format/width.ts'

test('a text is as wide as a terminal shows it', () => {
  expect(['ab', '剪定', '🌳', '👩‍🔬', 'e\u0302', '한국', 'ｆ'].map(widthOf)).toEqual([2, 4, 2, 2, 1, 4, 2])
})

test('padding counts columns', () => {
  expect([padEnd('剪', 4), padStart('剪', 4), padEnd('abcd', 2)]).toEqual(['剪  ', '  剪', 'abcd'])
})

test('what is cut is never wider than asked, and no character is cut in two', () => {
  expect([fromTheStart('剪定済み', 5), fromTheStart('剪定済み', 4), fromTheEnd('剪定済み/train', 10), fromTheEnd('a👩‍🔬b', 3)]).toEqual([
    '剪定…',
    '剪…',
    '…み/train',
    '…b',
  ])
  expect([fromTheStart('abc', 3), fromTheEnd('abc', 3)]).toEqual(['abc', 'abc'])
})

test('cells stand below each other', () => {
  expect(
    aligned([
      ['', 'x'],
      ['剪定', '1'],
      ['a', '10'],
    ]),
  ).toEqual(['       x', '剪定   1', 'a     10'])
  expect(aligned([])).toEqual([])
})
