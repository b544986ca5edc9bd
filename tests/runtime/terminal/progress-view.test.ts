import fc from 'fast-check'
import { expect, test } from 'vitest'
import { widthOf } from '../../../runtime/format/width.ts'
import type { RunEvent } from '../../../runtime/run-event.ts'
import { progressLines, type Screen } from '../../../runtime/terminal/progress-view.ts'
import { type Expected, Progress } from '../../../runtime/views/progress.ts'
import { began, ended, failed, hit, progress, start } from './events.ts'

/** Each event a second after the one before it; the first at 0. */
const after = (...events: readonly RunEvent[]): Progress => following([], ...events)
const following = (stages: readonly Expected[], ...events: readonly RunEvent[]): Progress => {
  const view = new Progress(stages)
  for (const [i, event] of events.entries()) view.note(event, i * 1000)
  return view
}
const lines = (progress: Progress, screen: Screen, now: number) => progressLines(progress.view(now), screen)
const wide = { columns: 120, rows: 24 }

test('a stage that is tried again continues', () => {
  const again = after(start(1), began('a'), progress('a', 500), began('a', 400))
  expect(lines(again, wide, 5000)[0]).toBe('  a  continuing · 2.0 s')
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

const expected = (paths: readonly string[], seconds?: number): Expected[] => paths.map((path) => ({ path, seconds }))

test('an arm at work stands with the marks of all its stages: found, done, running, to come', () => {
  const stages = expected(['hybrid/init', 'hybrid/train', 'hybrid/prune', 'hybrid/distill', 'dense/train'])
  const view = following(stages, start(5), hit('hybrid/init'), began('hybrid/train'), ended('hybrid/train'), began('hybrid/prune'))
  expect(lines(view, wide, 5000)).toEqual([
    '  hybrid  ≡ init  ✓ train  ▸ prune  · distill',
    '    prune  starting · 1.0 s',
    '  ████████░░░░░░░░░░░░  2/5 stages · 0/2 arms · 1 hit · 1 running · 5.0 s',
  ])
})

test('arms that are done, or have not begun, take no lines; where arms do not fit, running stages are left', () => {
  const arms = Array.from({ length: 30 }, (_, i) => [`arm${i}/train`, `arm${i}/evaluate`])
  const running = arms.slice(0, 6).map(([train]) => began(train!))
  const view = following(expected(arms.flat()), start(60), ...running)
  expect(lines(view, { columns: 100, rows: 24 }, 1000)).toHaveLength(14)
  expect(lines(view, { columns: 100, rows: 11 }, 1000)).toHaveLength(7)
  expect(lines(view, { columns: 100, rows: 11 }, 1000)[0]).toMatch(/^ {2}arm0\/train/)
})

test('wide characters take the columns that they take: no line is as wide as the screen, and the bars stand below each other', () => {
  const names = ['剪定済み', 'emoji 🌳👩‍🔬', 'combining é̂', 'plain']
  const view = following(expected(names), start(4), ...names.flatMap((name) => [began(name), progress(name, 500)]))
  for (const columns of [120, 80, 50, 30]) {
    const drawn = lines(view, { columns, rows: 24 }, 9000)
    expect(Math.max(...drawn.map(widthOf))).toBeLessThan(columns)
    const bars = drawn.slice(0, -1).map((line) => widthOf(line.slice(0, Math.max(0, line.search(/█|50 %/)))))
    expect(new Set(bars).size).toBe(1)
  }
})

test('of many arms it says how many are done, failed, at work and to come, and which failed', () => {
  const stages = Array.from({ length: 60 }, (_, i) => [`arm${i}/train`, `arm${i}/evaluate`])
  const failures = stages
    .slice(0, 10)
    .flatMap(([train, evaluate]): RunEvent[] => [failed(train!), { event: 'stage-skipped', path: evaluate!, because: `${train} failed` }])
  const view = following(expected(stages.flat()), start(120), ...failures, ...stages[10]!.map((path) => ended(path)), began('arm11/train'))
  const shown = lines(view, wide, 60_000)
  expect(shown.slice(2, 4)).toEqual([
    '  arms: 1 done · 10 failed · 1 running · 48 waiting',
    '  failed: arm0, arm1, arm2, arm3, arm4, arm5, arm6, arm7, …',
  ])
})
