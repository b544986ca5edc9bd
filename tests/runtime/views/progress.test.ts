import { expect, test } from 'vitest'
import type { RunEvent } from '../../../runtime/run-event.ts'
import { type Expected, Progress, type ProgressView } from '../../../runtime/views/progress.ts'
import { began, ended, failed, hit, progress, start } from '../terminal/events.ts'

const expected = (paths: readonly string[], seconds?: number): Expected[] => paths.map((path) => ({ path, seconds }))

/** Each event a second after the one before it, the first at 0; seen a second after the last. */
function following(stages: readonly Expected[], ...events: readonly RunEvent[]): ProgressView {
  const run = new Progress(stages)
  for (const [i, event] of events.entries()) run.note(event, i * 1000)
  return run.view(events.length * 1000)
}

test('events add up: hits, ends and failures are counted, what runs is listed', () => {
  const skipped: RunEvent = { event: 'stage-skipped', path: 'c/evaluate', because: 'c/train failed' }
  const events = [
    start(6),
    hit('a/init'),
    began('a/train'),
    began('b/train'),
    ended('a/train'),
    began('c/train'),
    failed('c/train'),
    skipped,
  ]
  expect(following([], ...events)).toMatchObject({
    counts: { hit: 1, done: 1, failed: 1, skipped: 1 },
    running: [{ path: 'b/train', arm: 'b', seconds: 5, progress: null }],
    arms: [{ name: 'b', stages: [{ stage: 'train', state: 'running' }] }],
    total: 6,
    seconds: 8,
  })
})

test('a stage that stopped runs no more; progress of one that does not run is not shown', () => {
  expect(following([], start(1), began('a'), { event: 'stage-stopped', path: 'a', step: 3, steps: 9 }).running).toEqual([])
  expect(following([], start(1), progress('a', 5)).running).toEqual([])
})

test('the time that is left follows from earlier runs, over the slots, and from the speed of what runs', () => {
  // Two slots: 40 s to come and 10 s of the stage that runs make 25 s.
  const stages = expected(['a/train', 'b/train', 'c/train', 'd/train', 'e/train'], 10)
  expect(following(stages, start(5), began('a/train'), progress('a/train', 500)).secondsLeft).toBe(25)
})

test('of a run on a cluster the time that is left is over the slots of its workers', () => {
  const stages = expected(['a/train', 'b/train', 'c/train', 'd/train', 'e/train'], 10)
  const workers = [1, 2].map((i) => ({ by: `w${i}`, slots: 2, threads: 1 }))
  const left = (by: typeof workers) =>
    following(stages, { event: 'start', file: 'a.pipeline.ts', stages: 5, slots: 1, threads: 1, workers: by }).secondsLeft
  expect([left(workers), left(workers.slice(1)), left([])]).toEqual([12.5, 25, 50])
})

test('of what mostly never ran no time is given', () => {
  expect(following([...expected(['a', 'b'], 10), ...expected(['c', 'd', 'e'])], start(5), began('a')).secondsLeft).toBeNull()
})

test('ten thousand hits are noted in no time that anybody sees', () => {
  const paths = Array.from({ length: 10_000 }, (_, i) => `arm${i}/train`)
  expect(following(expected(paths, 1), start(10_000), ...paths.map(hit)).counts.hit).toBe(10_000)
})
