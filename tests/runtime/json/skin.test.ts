import { expect, test } from 'vitest'
import { jsonSkin } from '../../../runtime/json/skin.ts'
import { view } from '../../../runtime/views/view.ts'
import { done, hit, progress, result, start } from '../terminal/events.ts'

const shown = { store: '/store', stages: [] }

test('an event is a line that parses to it, the last with statistics of the results', () => {
  const written: string[] = []
  const renderer = jsonSkin((text) => written.push(text)).run(shown)
  const events = [start(3), hit('a\n'), progress('a', 3), done()]
  for (const event of events) renderer.onEvent(event)
  renderer.close()
  expect(written.map((line) => line.endsWith('\n') && !line.slice(0, -1).includes('\n') && JSON.parse(line))).toEqual([
    ...events.slice(0, -1),
    { ...events.at(-1), statistics: [] },
  ])
})

test('numbers that JSON does not have are told by their names, not as null', () => {
  const written: string[] = []
  const renderer = jsonSkin((text) => written.push(text)).run(shown)
  renderer.onEvent(progress('a', 3, { loss: Number.NaN }))
  renderer.onEvent(done({ results: [result('a', undefined, { speedup: Number.POSITIVE_INFINITY })] }))
  expect(JSON.parse(written[0]!).loss).toBe('NaN')
  expect(JSON.parse(written[1]!)).toMatchObject({
    results: [{ metrics: { speedup: 'Infinity' } }],
    statistics: [{ metrics: { speedup: { mean: 'Infinity' } } }],
  })
})

test('a view is one document with its name and version', () => {
  const document = jsonSkin(() => {}).document(view('pins', { pinned: ['k'] }))
  expect(JSON.parse(document)).toEqual({ view: 'pins', version: 1, pinned: ['k'] })
})
