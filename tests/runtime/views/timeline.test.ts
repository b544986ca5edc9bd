import { expect, test } from 'vitest'
import { widthOf } from '../../../runtime/format/width.ts'
import type { LogLine, RunEntry } from '../../../runtime/store/journal.ts'
import { timelineLines } from '../../../runtime/terminal/timeline-view.ts'
import { timeline } from '../../../runtime/views/timeline.ts'

const started = Date.UTC(2026, 0, 2)
const run: RunEntry = { id: 7, file: '/p/a.pipeline.ts', target: 'default', started, status: 'done', seconds: 12, stages: null }
const at = (seconds: number, event: string, path?: string, more: LogLine = {}): LogLine => ({
  time: new Date(started + seconds * 1000).toISOString(),
  event,
  ...(path === undefined ? {} : { path, kind: 'train' }),
  ...more,
})
const log = [
  at(0, 'start'),
  at(1, 'stage-start', 'a/train'),
  at(1, 'stage-start', 'b/train', { resumedAt: 40 }),
  at(3, 'hit', 'c/train'),
  at(4, 'retry', 'a/train'),
  at(5, 'stage-start', 'a/train'),
  at(6, 'stage-done', 'b/train'),
  at(7, 'stage-start', 'd/train', { by: 'another process' }),
  at(7, 'stage-start', 'e/train'),
  at(9, 'stage-done', 'd/train'),
  at(10, 'stage-failed', 'a/train'),
  at(12, 'done'),
]

test('stages that ran at the same time are in different slots, each with when and how it ended', () => {
  const { slots, seconds, busy } = timeline(run, log)
  const spans = slots.map((slot) => slot.spans.map(({ path, from, to, outcome }) => [path, from, to, outcome]))
  expect(spans).toEqual([
    [
      ['a/train', 1, 4, 'retried'],
      ['a/train', 5, 10, 'failed'],
    ],
    [
      ['b/train', 1, 6, 'resumed'],
      ['e/train', 7, 12, 'stopped'],
    ],
  ])
  expect([seconds, busy]).toEqual([12, 18 / 24])
})

test('of a run that goes on, what runs goes to the last that is known; damaged lines are passed over', () => {
  const damaged = [{}, { event: 'stage-start', path: 'x', time: 'never' }, { event: 3, path: 4, time: null }] as LogLine[]
  const open = timeline({ ...run, status: 'running', seconds: null }, [...damaged, ...log.slice(0, 6)])
  expect(open.slots.flatMap(({ spans }) => spans.filter(({ outcome }) => outcome === 'running').map(({ path, to }) => [path, to]))).toEqual(
    [
      ['a/train', 5],
      ['b/train', 5],
    ],
  )
  expect(timeline(run, [])).toMatchObject({ slots: [], busy: 0 })
})

test.each([60, 80, 200])('in %i columns each slot is a row, and each long stage has a letter', (columns) => {
  const lines = timelineLines(timeline(run, log), { columns })
  expect(Math.max(...lines.slice(1).map(widthOf))).toBeLessThanOrEqual(columns)
  expect(lines[2]).toMatch(/^ {2}1 ·+a+·*c+·*$/)
  expect(lines.join('\n')).toMatch(/b {2}b\/train +5\.0 s {2}resumed/)
  expect(timelineLines(timeline(run, []), { columns })).toEqual(['Run 7 computed nothing.'])
})
