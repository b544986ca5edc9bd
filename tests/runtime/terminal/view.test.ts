import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RunEvent } from '../../../runtime/run-event.ts'
import { type Expected, RunView } from '../../../runtime/terminal/view.ts'
import { began, ended, failed, hit, progress, start } from './events.ts'

/** Each event a second after the one before it; the first at 0. */
const after = (...events: readonly RunEvent[]): RunView => following([], ...events)
const following = (stages: readonly Expected[], ...events: readonly RunEvent[]): RunView => {
  const view = new RunView(stages)
  for (const [i, event] of events.entries()) view.note(event, i * 1000)
  return view
}
const wide = { columns: 120, rows: 24 }

test('events add up: hits, ends and failures are counted, what runs is listed', () => {
  const state = after(start(6), hit('a/init'), began('a/train'), began('b/train'), ended('a/train'), began('c/train'), failed('c/train'), {
    event: 'stage-skipped',
    path: 'c/evaluate',
    because: 'c/train failed',
  })
  expect(state.counts).toEqual({ hit: 1, done: 1, failed: 1, skipped: 1 })
  expect(state.running).toEqual(['b/train'])
  expect(state.lines(wide, 7000).at(-1)).toContain('4/6 stages')
})

test('a stage that stopped or is tried again stands as what it is', () => {
  const stopped = after(start(1), began('a'), { event: 'stage-stopped', path: 'a', step: 3, steps: 9 })
  expect(stopped.running).toEqual([])
  const again = after(start(1), began('a'), progress('a', 500), began('a', 400))
  expect(again.lines(wide, 5000)[0]).toBe('  a  continuing · 2.0 s')
})

test('progress of a stage that is not running is not shown', () => {
  expect(after(start(1), progress('a', 5)).running).toEqual([])
})

test('a running stage has a bar, epoch, loss, accuracy, speed and the time left at that speed', () => {
  const state = after(start(4), began('dense/train'), progress('dense/train', 500))
  expect(state.lines(wide, 3000)).toEqual([
    '  dense/train  ██████████░░░░░░░░░░  epoch 6/10  loss 0.1250 · accuracy 96.1 % · 50 steps/s  ETA 10 s',
    '  ░░░░░░░░░░░░░░░░░░░░  0/4 stages · 1 running · 3.0 s',
  ])
})

test('without a speed the time left follows from the steps made since the checkpoint', () => {
  const { stepsPerSecond: _, ...unmeasured } = progress('a', 600) as Extract<RunEvent, { event: 'progress' }>
  // 200 steps in 4 s, 400 to go.
  expect(after(start(1), began('a', 400), unmeasured).lines(wide, 5000)[0]).toMatch(/ETA 8\.0 s$/)
})

test('in a narrow window the bar shrinks first and the share that is done goes last', () => {
  const state = after(start(4), began('seed=0/hybrid/distill'), progress('seed=0/hybrid/distill', 500))
  const shown = [120, 100, 90, 80, 60, 30, 16].map((columns) => state.lines({ columns, rows: 24 }, 3000)[0])
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
  const shown = after(start(40), ...paths.map((path) => began(path))).lines({ columns: 80, rows: 10 }, 1000)
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
      const shown = after(start(40), ...all).lines({ columns, rows }, 50_000)
      expect(Math.max(...shown.map((line) => line.length))).toBeLessThan(columns)
      expect(shown.length).toBeLessThan(rows)
      expect(shown.join('')).not.toMatch(/\p{Cc}/u)
    }),
  )
})

const expected = (paths: readonly string[], seconds?: number): Expected[] => paths.map((path) => ({ path, seconds }))

test('an arm at work stands with the marks of all its stages: found, done, running, to come', () => {
  const stages = expected(['hybrid/init', 'hybrid/train', 'hybrid/prune', 'hybrid/distill', 'dense/train'])
  const view = following(stages, start(5), hit('hybrid/init'), began('hybrid/train'), ended('hybrid/train'), began('hybrid/prune'))
  expect(view.lines(wide, 5000)).toEqual([
    '  hybrid  ≡ init  ✓ train  ▸ prune  · distill',
    '    prune  starting · 1.0 s',
    '  ████████░░░░░░░░░░░░  2/5 stages · 0/2 arms · 1 hit · 1 running · 5.0 s',
  ])
})

test('arms that are done, or have not begun, take no lines; where arms do not fit, running stages are left', () => {
  const arms = Array.from({ length: 30 }, (_, i) => [`arm${i}/train`, `arm${i}/evaluate`])
  const running = arms.slice(0, 6).map(([train]) => began(train!))
  const view = following(expected(arms.flat()), start(60), ...running)
  expect(view.lines({ columns: 100, rows: 24 }, 1000)).toHaveLength(13)
  expect(view.lines({ columns: 100, rows: 12 }, 1000)).toHaveLength(7)
  expect(view.lines({ columns: 100, rows: 12 }, 1000)[0]).toMatch(/^ {2}arm0\/train/)
})

test('the time that is left follows from earlier runs, over the slots, and from the speed of what runs', () => {
  // Two slots: 40 s to come and 10 s of the stage that runs make 25 s.
  const stages = expected(['a/train', 'b/train', 'c/train', 'd/train', 'e/train'], 10)
  const view = following(stages, start(5), began('a/train'), progress('a/train', 500))
  expect(view.lines(wide, 2000).at(-1)).toMatch(/about 25 s left$/)
})

test('of what mostly never ran no time is told', () => {
  const view = following([...expected(['a', 'b'], 10), ...expected(['c', 'd', 'e'])], start(5), began('a'))
  expect(view.lines(wide, 1000).at(-1)).not.toContain('left')
})

test('ten thousand hits are noted in no time that anybody sees', () => {
  const paths = Array.from({ length: 10_000 }, (_, i) => `arm${i}/train`)
  const view = following(expected(paths, 1), start(10_000), ...paths.map(hit))
  expect(view.counts.hit).toBe(10_000)
})
