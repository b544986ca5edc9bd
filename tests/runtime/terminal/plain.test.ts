import { afterEach, expect, test, vi } from 'vitest'
import { Output } from '../../../runtime/format/output.ts'
import type { RunEvent } from '../../../runtime/run-event.ts'
import { plainRenderer } from '../../../runtime/terminal/plain.ts'
import { began, done, ended, hit, progress, result, start } from './events.ts'

afterEach(() => vi.useRealTimers())

function plain(...events: readonly RunEvent[]): string[] {
  const written: string[] = []
  const view = plainRenderer(new Output(() => ({ write: (text: string) => written.push(text) })))
  for (const event of events) view.onEvent(event)
  view.close()
  return written.join('').split('\n').slice(0, -1)
}

test('an event is a line', () => {
  expect(plain(start(3), hit('a/init'), began('a/train', 40), ended('a/train', { 'validation/accuracy': 0.9 }))).toEqual([
    'a.pipeline.ts: 3 stages, 2 × 1 thread',
    'hit     a/init',
    'resume  a/train  at step 40/1000',
    'done    a/train  validation accuracy 90.00 %  12 s',
  ])
})

test('progress of a stage is shown every ten seconds, of each on its own', () => {
  vi.useFakeTimers()
  const written: string[] = []
  const view = plainRenderer(new Output(() => ({ write: (text: string) => written.push(text) })))
  view.onEvent(began('a'))
  view.onEvent(began('b'))
  for (let second = 1; second <= 25; second++) {
    vi.advanceTimersByTime(1000)
    view.onEvent(progress('a', second * 10))
    if (second > 20) view.onEvent(progress('b', second * 10))
  }
  const told = written.filter((line) => line.includes('epoch')).map((line) => line.trim().split('  ')[0])
  expect(told).toEqual(['a', 'a', 'b'])
})

test('a name with control characters stays on its line and cannot command the terminal', () => {
  expect(plain(hit('a\n\u001b[2Jb'))).toEqual(['hit     a��[2Jb'])
})

test('digests are for those who ask: show has them', () => {
  const artifact = `sha256:${'ab'.repeat(32)}`
  const results = ['dense', 'pruned'].flatMap((arm) => [0, 1].map((seed) => result(arm, seed, { 'test/accuracy': 0.9 })))
  const shown = plain(start(2), { ...hit('dense/train'), artifact } as RunEvent, ended('pruned/train'), done({ results }))
  expect(shown.join('\n')).not.toMatch(/(ab|cd){4}/)
  expect(shown.at(-1)).toBe('2 stages · 2 run · 1 min 15 s')
})
