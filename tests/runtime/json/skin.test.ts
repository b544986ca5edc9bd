import { expect, test } from 'vitest'
import type { Line } from '../../../runtime/format/output.ts'
import { jsonSkin } from '../../../runtime/json/skin.ts'
import { view } from '../../../runtime/views/view.ts'
import { done, hit, progress, result, start } from '../terminal/events.ts'

const into = (written: string[]) => ({ print: (lines: readonly Line[]) => written.push(...lines.map(String)) })
const shown = { store: '/store', stages: [] }

test('an event is a line that parses to it, the last with statistics of the results', () => {
  const written: string[] = []
  const renderer = jsonSkin(into(written)).run(shown)
  const events = [start(3), hit('a\n'), progress('a', 3), done()]
  for (const event of events) renderer.onEvent(event)
  renderer.close()
  expect(written.map((line) => !line.includes('\n') && JSON.parse(line))).toEqual([
    ...events.slice(0, -1),
    { ...events.at(-1), statistics: [] },
  ])
})

test('numbers that JSON does not have are told by their names, not as null', () => {
  const written: string[] = []
  const renderer = jsonSkin(into(written)).run(shown)
  renderer.onEvent(progress('a', 3, { loss: Number.NaN }))
  renderer.onEvent(done({ results: [result('a', undefined, { speedup: Number.POSITIVE_INFINITY })] }))
  expect(JSON.parse(written[0]!).loss).toBe('NaN')
  expect(JSON.parse(written[1]!)).toMatchObject({
    results: [{ metrics: { speedup: 'Infinity' } }],
    statistics: [{ metrics: { speedup: { mean: 'Infinity' } } }],
  })
})

test('a view is one document with its name and version', () => {
  const document = jsonSkin(into([])).document(view('pins', { pinned: ['k'] }))
  expect(JSON.parse(document.join('\n'))).toEqual({ view: 'pins', version: 1, pinned: ['k'] })
})

test('signs that a terminal would obey are escaped, and mean the same', () => {
  const written: string[] = []
  const path = '\u001b]0;x\u0007\u009b2J\u202e\u2066\u200b\ud800\u{e0041}é'
  jsonSkin(into(written)).run(shown).onEvent(hit(path))
  expect(written[0]).toMatch(/^[ -~é]*$/)
  expect(JSON.parse(written[0]!).path).toBe(path)
})
