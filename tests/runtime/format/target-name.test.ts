import { expect, test } from 'vitest'
import { nearest, parseTarget } from '../../../runtime/format/target-name.ts'

test('a target follows the file name behind #', () => {
  expect(parseTarget('a/b.pipeline.ts#ticket')).toEqual({ file: 'a/b.pipeline.ts', target: 'ticket' })
  expect(parseTarget('b.mjs')).toEqual({ file: 'b.mjs', target: undefined })
  expect(parseTarget('b.ts#')).toEqual({ file: 'b.ts', target: undefined })
})

test('a # in the name of a folder is not a target', () => {
  expect(parseTarget('c#/b.ts')).toEqual({ file: 'c#/b.ts', target: undefined })
  expect(parseTarget('c#/b.ts#x')).toEqual({ file: 'c#/b.ts', target: 'x' })
})

test('the nearest name is found through a swap, a slip and capitals, and none when all are far', () => {
  const names = ['dense', 'ticket', 'hybrid']
  expect(nearest('tikcet', names)).toBe('ticket')
  expect(nearest('Dense', names)).toBe('dense')
  expect(nearest('hybird', names)).toBe('hybrid')
  expect(nearest('teacher', names)).toBeUndefined()
})
