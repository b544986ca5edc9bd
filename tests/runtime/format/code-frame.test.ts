import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { codeFrame, placeIn, withPlace } from '../../../runtime/format/code-frame.ts'

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-frame-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'a.ts'), text)
  return join(folder, 'a.ts')
}
const problem = { title: 'It failed.', facts: [['error', 'x']] as const, hint: 'Fix it.' }

test('the line with its neighbours, and a mark below its column', () => {
  const file = fileOf('one\n\tb.train()\nthree\nfour\n')
  expect(codeFrame(`${file}:2:4`)).toEqual([['code', '  1 | one\n> 2 | \tb.train()\n    | \t  ^\n  3 | three']])
  expect(codeFrame(`${file}:1:1`)).toEqual([['code', '> 1 | one\n    | ^\n  2 | \tb.train()']])
})

test('an empty line below is left out', () => {
  expect(codeFrame(`${fileOf('one\n\nthree\n')}:1:1`)).toEqual([['code', '> 1 | one\n    | ^']])
})

test('no place, no file or no such line: no frame', () => {
  expect([undefined, 'no place', '/nowhere/a.ts:1:1', `${fileOf('one\n')}:9:1`].map(codeFrame)).toEqual([[], [], [], []])
})

test('a problem of a stage gets its place and code; its own place stands first', () => {
  const at = { file: fileOf('a.train()\n'), line: 1, column: 3 }
  const place = `${at.file}:1:3`
  expect(withPlace(problem, at).facts).toEqual([
    ['error', 'x'],
    ['at', place],
    ['code', '> 1 | a.train()\n    |   ^'],
  ])
  const thrown = { ...problem, facts: [['at', 'fn.ts:7:1']] as const }
  expect(withPlace(thrown, at).facts).toEqual([
    ['at', 'fn.ts:7:1'],
    ['stage at', place],
  ])
  expect(withPlace(problem, undefined)).toEqual(problem)
  expect([withPlace(problem, at), withPlace(thrown, at), problem].map(placeIn)).toEqual([place, place, undefined])
})
