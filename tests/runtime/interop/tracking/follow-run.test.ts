import { expect, test } from 'vitest'
import type { ProblemText } from '../../../../dsl/check/problem.ts'
import { RunFollower } from '../../../../runtime/interop/tracking/follow-run.ts'
import { type ArmNow, type TrackedPoint, type Tracker, tagged } from '../../../../runtime/interop/tracking/tracker.ts'
import { temporaryStore } from '../../store/temporary-store.ts'
import { arm, cached, done, finished, hit, kept, progress, putCurve, started } from './tracked.ts'

/** Remembers what it receives, as trackers do. */
function recorder(refuse: () => boolean = () => false) {
  const points: TrackedPoint[] = []
  const states: ArmNow[] = []
  let heard = Promise.withResolvers<void>()
  const tracker: Tracker = {
    name: 'A recorder',
    async update(now, after) {
      if (refuse()) throw new Error('it is asleep')
      const last = new Map(points.map(({ tag, step }) => [tag, step]))
      points.push(...(await after((tag) => last.get(tag))))
      states.push(now)
      heard.resolve()
      heard = Promise.withResolvers()
    },
  }
  return { tracker, points, states, next: () => heard.promise }
}

const stepsOf = (points: readonly TrackedPoint[], tag: string) => points.filter((point) => point.tag === tag).map(({ step }) => step)

test('what was found in the store is told with its curves, at the time when it was computed', async () => {
  const store = await temporaryStore()
  const made = await kept(store)
  const { tracker, points, states } = recorder()
  const warnings: ProblemText[] = []
  const follower = new RunFollower({ arms: [arm], results: store.results, tracker, warn: (problem) => warnings.push(problem) })
  for (const event of cached(made)) follower.note(event)
  await follower.close()
  expect(warnings).toEqual([])
  // 4 steps in the 2 s before the end: a step each half second.
  expect(points.filter(({ tag }) => tag === 'train/loss.train')).toEqual(
    [1, 2, 3, 4].map((step) => ({ tag: 'train/loss.train', step, value: 1 / step, time: 1_700_000_000_000 - 2000 + 500 * step })),
  )
  expect(stepsOf(points, 'train/loss.finetune.2')).toEqual([1, 2])
  expect(states.at(-1)).toMatchObject({
    status: 'finished',
    began: 1_699_999_998_000,
    ended: 1_700_000_000_000,
    // What is no number is left out; what the end of the run adds is there.
    metrics: { 'test/accuracy': 0.75, 'training/macs': 12 },
    artifact: made.evaluate.artifact,
  })
  expect(states.at(-1)!.metrics).not.toHaveProperty('test/loss')
})

test('a training that goes on is told while it does, each point once; what never ended has stopped', async () => {
  const store = await temporaryStore()
  const made = await kept(store, { train: 0, finetune: 0 })
  await putCurve(store, made.train.key, 1)
  const { tracker, points, states, next } = recorder()
  const follower = new RunFollower({ arms: [arm], results: store.results, tracker, warn: () => {} })
  follower.note(started(made.train))
  follower.note(progress(made.train))
  while (points.length < 1) await next()
  expect(states.at(-1)!.status).toBe('running')
  await putCurve(store, made.train.key, 3)
  follower.note(progress(made.train))
  while (points.length < 3) await next()
  follower.note(done([]))
  await follower.close()
  expect(stepsOf(points, 'train/loss.train')).toEqual([1, 2, 3])
  expect(states.at(-1)).toMatchObject({ status: 'stopped', metrics: {}, artifact: undefined })
})

test('an arm of which a stage failed has failed', async () => {
  const store = await temporaryStore()
  const made = await kept(store)
  const { tracker, states } = recorder()
  const follower = new RunFollower({ arms: [arm], results: store.results, tracker, warn: () => {} })
  follower.note(hit(made.train))
  follower.note({ event: 'stage-failed', path: made.finetune.path, kind: 'train', problem: { title: '', facts: [], hint: '' } })
  follower.note({ event: 'stage-skipped', path: made.evaluate.path, because: 'it failed' })
  follower.note(done([]))
  await follower.close()
  expect(states.at(-1)!.status).toBe('failed')
})

test('a tracker that does not answer costs one warning; when it answers again it gets all that it missed', async () => {
  const store = await temporaryStore()
  const made = await kept(store)
  let asleep = true
  const { tracker, points } = recorder(() => asleep)
  const warned = Promise.withResolvers<ProblemText>()
  let warnings = 0
  const warn = (problem: ProblemText) => {
    warnings++
    warned.resolve(problem)
  }
  const follower = new RunFollower({ arms: [arm], results: store.results, tracker, warn })
  follower.note(started(made.train))
  follower.note(progress(made.train))
  expect((await warned.promise).title).toBe('A recorder could not be reached: it is asleep.')
  asleep = false
  for (const event of [finished(made.train), hit(made.finetune), hit(made.evaluate), done()]) follower.note(event)
  await follower.close()
  expect(warnings).toBe(1)
  expect(stepsOf(points, 'train/loss.train')).toEqual([1, 2, 3, 4])

  const never = recorder(() => true)
  let complaints = 0
  const second = new RunFollower({ arms: [arm], results: store.results, tracker: never.tracker, warn: () => complaints++ })
  for (const event of cached(made)) second.note(event)
  await second.close()
  expect(complaints).toBe(1)
})

test('names are such as every tracker takes', () => {
  expect(tagged('validation/accuracy.train#2')).toBe('validation/accuracy.train.2')
  expect(tagged('größe (mm)/../x\n')).toBe('größe _mm_/_/x_')
  expect(tagged('/')).toBe('_/_')
  expect(tagged('x'.repeat(300))).toHaveLength(250)
})
