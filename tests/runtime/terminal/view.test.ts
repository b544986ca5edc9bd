import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RunEvent } from '../../../runtime/schedule/event.ts'
import { emptyView, lines, reduce, type ViewState } from '../../../runtime/terminal/view.ts'
import { began, ended, failed, hit, progress, start } from './events.ts'

/** Each event a second after the one before it; the first at 0. */
const after = (...events: readonly RunEvent[]): ViewState => events.reduce((state, event, i) => reduce(state, event, i * 1000), emptyView)
const wide = { columns: 120, rows: 24 }

test('events add up: hits, ends and failures are counted, what runs is listed', () => {
  const state = after(start(6), hit('a/init'), began('a/train'), began('b/train'), ended('a/train'), began('c/train'), failed('c/train'), {
    event: 'stage-skipped',
    path: 'c/evaluate',
    because: 'c/train failed',
  })
  expect(state).toMatchObject({ total: 6, hits: 1, done: 1, failed: 1, skipped: 1 })
  expect([...state.running.keys()]).toEqual(['b/train'])
})

test('a stage that stopped or is tried again stands as what it is', () => {
  const stopped = after(start(1), began('a'), { event: 'stage-stopped', path: 'a', step: 3, steps: 9 })
  expect(stopped.running.size).toBe(0)
  const again = after(start(1), began('a'), progress('a', 500), began('a', 400))
  expect(again.running.get('a')).toMatchObject({ startedAt: 400, progress: undefined })
})

test('progress of a stage that is not running is not shown', () => {
  expect(after(start(1), progress('a', 5)).running.size).toBe(0)
})

test('a running stage has a bar, epoch, loss, accuracy, speed and the time left at that speed', () => {
  const state = after(start(4), began('dense/train'), progress('dense/train', 500))
  expect(lines(state, wide, 3000)).toEqual([
    '  dense/train  ██████████░░░░░░░░░░  epoch 6/10  loss 0.1250 · accuracy 96.1 % · 50 steps/s  ETA 10 s',
    '  ░░░░░░░░░░░░░░░░░░░░  0/4 stages · 1 running · 3.0 s',
  ])
})

test('without a speed the time left follows from the steps made since the checkpoint', () => {
  const { stepsPerSecond: _, ...unmeasured } = progress('a', 600) as Extract<RunEvent, { event: 'progress' }>
  // 200 steps in 4 s, 400 to go.
  expect(lines(after(start(1), began('a', 400), unmeasured), wide, 5000)[0]).toMatch(/ETA 8\.0 s$/)
})

test('in a narrow window the bar shrinks first and the share that is done goes last', () => {
  const state = after(start(4), began('seed=0/hybrid/distill'), progress('seed=0/hybrid/distill', 500))
  const shown = [120, 100, 90, 80, 60, 30, 16].map((columns) => lines(state, { columns, rows: 24 }, 3000)[0])
  expect(shown.map((line) => line!.replace('  seed=0/hybrid/distill  ', ''))).toEqual([
    '██████████░░░░░░░░░░  epoch 6/10  loss 0.1250 · accuracy 96.1 % · 50 steps/s  ETA 10 s',
    '████░░░░  epoch 6/10  loss 0.1250 · accuracy 96.1 % · 50 steps/s  ETA 10 s',
    '████░░░░  epoch 6/10  loss 0.1250 · accuracy 96.1 %  ETA 10 s',
    '50 %  epoch 6/10  accuracy 96.1 %  ETA 10 s',
    '50 %  ETA 10 s',
    '  …rid/distill  50 %',
    expect.stringMatching(/^.{1,15}$/),
  ])
})

test('more running stages than rows are summed up', () => {
  const paths = Array.from({ length: 40 }, (_, i) => `arm${i}/train`)
  const shown = lines(after(start(40), ...paths.map((path) => began(path))), { columns: 80, rows: 10 }, 1000)
  expect(shown).toHaveLength(8)
  expect(shown.at(-2)).toBe('  … and 34 more running')
})

test('no line reaches the last column and the frame is lower than the window, whatever runs', () => {
  const events = fc.array(
    fc.oneof(
      fc.string({ maxLength: 60 }).map((path) => began(path)),
      fc.tuple(fc.string({ maxLength: 60 }), fc.nat(1000)).map(([path, step]) => progress(path, step)),
      fc.string({ maxLength: 60 }).map(hit),
    ),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(events, fc.integer({ min: 4, max: 200 }), fc.integer({ min: 4, max: 60 }), (all, columns, rows) => {
      const shown = lines(after(start(40), ...all), { columns, rows }, 50_000)
      expect(Math.max(...shown.map((line) => line.length))).toBeLessThan(columns)
      expect(shown.length).toBeLessThan(rows)
      expect(shown.join('')).not.toMatch(/\p{Cc}/u)
    }),
  )
})
