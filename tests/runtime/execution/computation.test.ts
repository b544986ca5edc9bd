import * as Clock from 'effect/Clock'
import * as Effect from 'effect/Effect'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { ToDo } from '../../../runtime/execution/attempt.ts'
import { Computation, type ComputationRequest, type Services } from '../../../runtime/execution/computation.ts'
import type { ComputationEnd, ComputationEvent } from '../../../runtime/execution/computation-event.ts'
import { Slots } from '../../../runtime/execution/slots.ts'
import { lookup } from '../../../runtime/plan/lookup.ts'
import { type DiskStore, openDisk } from '../../../runtime/store/sqlite/disk-store.ts'
import { failures } from '../../../runtime/worker/problems.ts'
import { dataFacts, train } from '../plan/stages.ts'
import { handClock } from '../store/hand-clock.ts'
import { numerics, temporaryStore } from '../store/temporary-store.ts'
import { jobOf } from './local/fake-worker.ts'
import { MemoryExecutor, until } from './memory-executor.ts'
import { standingTime } from './test-clock.ts'

/** A training whose job goes as far as a test lets it, in one slot, with time that stands still. */
async function training(slots = 1) {
  const store = await temporaryStore()
  const { clock, passUntil } = standingTime()
  const executor = new MemoryExecutor(store)
  const services: Services = { store, leases: store.leases, executor, slots: new Slots(executor.capacity({ slots })) }
  const stage = train('train', 'init')
  const [data] = dataFacts.values()
  const asked = { stage, inputs: { model: `sha256:${'0'.repeat(64)}` as const }, data, snapshots: [] }
  const found = (await lookup(store, asked)) as ToDo // the store is empty
  const request: ComputationRequest = {
    stage,
    found,
    asked,
    lookAgain: Effect.promise(() => lookup(store, asked)),
    jobFor: ({ key }, { id, attempt }) => ({ ...jobOf(id, attempt), key, path: stage.path, work: { ...stage, inputs: asked.inputs } }),
    rank: { arm: 0, depth: 0 },
    place: 'usual',
    memory: Effect.succeed(1),
    retries: 2,
  }
  const begin = (more: Partial<ComputationRequest> = {}, after?: Computation) => {
    const computation = new Computation({ ...request, ...more }, services)
    const events: ComputationEvent[] = []
    computation.listen((event) => events.push(event))
    Effect.runFork(Effect.provideService(computation.compute(after), Clock.Clock, clock))
    let end: ComputationEnd | undefined
    const ended = Effect.runPromise(computation.ended)
    void ended.then((how) => {
      end = how
    })
    return { computation, events, ended, hasEnded: () => end !== undefined }
  }
  const began = (count: number) => until(() => executor.began.length === count)
  return { store, executor, services, request, begin, began, passUntil }
}

const lost = failures.lost('signal SIGKILL', '')

test('tells where it begins and how far it is, also to who comes late, and ends with the result in the store', async () => {
  const { store, executor, begin, began, request } = await training()
  const { computation, events, ended } = begin()
  await began(1)
  expect(events.map(({ event }) => event)).toEqual(['started', 'progress'])
  const late: ComputationEvent[] = []
  computation.listen((event) => late.push(event))
  expect(late).toEqual(events)
  executor.finish('train')
  expect(await ended).toMatchObject({ end: 'done', how: 'run', result: { key: request.found.key } })
  expect(
    await lookup(store, {
      stage: train('train', 'init'),
      inputs: { model: `sha256:${'0'.repeat(64)}` },
      data: [...dataFacts.values()][0],
      snapshots: [],
    }),
  ).toMatchObject({ status: 'hit' })
})

test('each attempt has a number of its own, and the last failure is the end', async () => {
  const { executor, begin, began, passUntil } = await training()
  const { events, ended } = begin()
  await began(1)
  for (const attempt of [1, 2]) {
    executor.fail('train', lost)
    await until(() => events.filter(({ event }) => event === 'retry').length === attempt)
    await passUntil(() => executor.began.length > attempt)
  }
  executor.fail('train', lost)
  expect(await ended).toEqual({ end: 'failed', failure: lost })
  const jobs = executor.jobs.map(({ job }) => job)
  expect(jobs.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(1)
})

test('what would fail again, and a damaged input, is not tried again', async () => {
  for (const failure of [failures.batchTooLarge(9, 1), failures.outcomeNotKept([])]) {
    const { executor, begin, began } = await training()
    const { ended } = begin({ retries: failure.transient ? 0 : 2 })
    await began(1)
    executor.fail('train', failure)
    expect(await ended).toEqual({ end: 'failed', failure })
  }
})

test('asked to stop, what runs writes a checkpoint, or is ended at once', async () => {
  const { executor, begin, began } = await training()
  const first = begin()
  await began(1)
  first.computation.stop(false)
  expect(first.computation.stopping).toBe(true)
  expect(await first.ended).toEqual({ end: 'stopped', at: { stoppedAt: 50, steps: 100 } })
  const second = begin()
  await began(2)
  second.computation.stop(true)
  expect(await second.ended).toEqual({ end: 'stopped', at: undefined })
  expect([executor.stopped, executor.killed]).toEqual([['train'], ['train']])
})

test.each([false, true])('asked to stop before the executor has begun, it stops as soon as that has: at once %s', async (atOnce) => {
  const { executor, begin } = await training()
  let open = () => {}
  const run = executor.run.bind(executor)
  executor.run = (...job) =>
    Effect.andThen(
      Effect.callback<void>((resume) => {
        open = () => resume(Effect.void)
      }),
      run(...job),
    )
  const { computation, ended } = begin()
  const before = open
  await until(() => open !== before)
  computation.stop(atOnce)
  open()
  expect(await ended).toEqual({ end: 'stopped', at: atOnce ? undefined : { stoppedAt: 50, steps: 100 } })
  expect([executor.stopped, executor.killed]).toEqual(atOnce ? [[], ['train']] : [['train'], []])
})

test('asked to stop, what waits ends at once: for a slot, for its next attempt, for one with its key', async () => {
  const { executor, begin, began, services } = await training()
  services.slots.paused = true
  const waiting = begin()
  waiting.computation.stop(false)
  expect(await waiting.ended).toEqual({ end: 'stopped', at: undefined })
  services.slots.paused = false
  const failed = begin()
  await began(1)
  executor.fail('train', lost)
  await until(() => failed.events.at(-1)?.event === 'retry')
  failed.computation.stop(false)
  expect(await failed.ended).toEqual({ end: 'stopped', at: undefined })
  const running = begin()
  await began(2)
  const after = begin({}, running.computation)
  after.computation.stop(false)
  expect(await after.ended).toEqual({ end: 'stopped', at: undefined })
  expect(running.hasEnded()).toBe(false)
  executor.finish('train')
  await running.ended
})

test('one begun after another with its key, which is still stopping, waits and asks the store again', async () => {
  const { executor, begin, began } = await training(2)
  const first = begin()
  await began(1)
  const second = begin({}, first.computation)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(executor.began).toHaveLength(1)
  executor.finish('train')
  expect(await first.ended).toMatchObject({ how: 'run' })
  expect(await second.ended).toMatchObject({ how: 'found' })
})

test('a worker that somebody else told to stop has not done what it should: it is tried again', async () => {
  const { executor, begin, began, passUntil } = await training()
  const { events, ended } = begin()
  await began(1)
  executor.stop(executor.jobs[0]!.job.id)
  await until(() => events.at(-1)?.event === 'retry')
  await passUntil(() => executor.began.length === 2)
  executor.finish('train')
  expect(await ended).toMatchObject({ end: 'done' })
})

test('what is asked of the machine is heeded while it waits, and not when it runs', async () => {
  const { executor, begin, began, services, request } = await training()
  services.slots.paused = true
  const { computation, ended } = begin()
  computation.ask({ ...request, place: 'processor' })
  services.slots.paused = false
  await began(1)
  computation.ask(request)
  executor.finish('train')
  expect(await ended).toMatchObject({ end: 'done' })
  expect(executor.jobs.map(({ demand }) => demand.place)).toEqual(['processor'])
})

/** What a process does that has the stage taken over while this one is suspended. */
async function takenOver(store: DiskStore, key: string) {
  const clock = handClock()
  const theirs = await openDisk(store.layout.root, { leases: { clock } })
  onTestFinished(() => theirs.close())
  let taken = await theirs.leases.take(key)
  for (let looks = 0; looks < 2; looks++) {
    clock.advance(6)
    taken = await theirs.leases.take(key)
  }
  if ('holder' in taken) throw new Error('it is not taken over')
  const { lease } = taken
  const nothing = { manifest: {}, artifact: undefined, snapshots: {}, metrics: {}, numerics: undefined, finished: 0, seconds: 0 }
  return { finish: () => theirs.results.put({ key, kind: 'train', path: 'train', ...nothing }, { lease }) }
}

test.each([
  ['comes to its end', (executor: MemoryExecutor) => executor.finish('train')],
  ['fails', (executor: MemoryExecutor) => executor.fail('train', failures.batchTooLarge(9, 1))],
  ['is told to terminate', (executor: MemoryExecutor) => executor.halt('train')],
])(
  'a stage that another process has finished meanwhile is found, whatever becomes of the worker here (it %s), and nothing of it is left',
  async (_, ends) => {
    const { store, executor, begin, began, request } = await training()
    const { events, ended } = begin()
    await began(1)
    const { key } = request.found
    await (await takenOver(store, key)).finish()
    await store.checkpoints.write(key, { step: 50, tensors: new Map(), counters: {}, numerics })
    ends(executor)
    expect(await ended).toMatchObject({ end: 'done', how: 'found' })
    expect(await store.checkpoints.keys()).toEqual([])
    expect(events.map(({ event }) => event)).toEqual(['started', 'progress'])
  },
)

test('who wakes and finds its stage taken over ends its worker, and follows', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { store, executor, begin, began, request, passUntil } = await training()
  const { events, ended, hasEnded } = begin()
  await began(1)
  const theirs = await takenOver(store, request.found.key)
  vi.advanceTimersByTime(1000)
  executor.tell('train')
  await until(() => executor.interrupted.includes('train'))
  await until(() => events.some((event) => event.event === 'started' && event.by !== undefined))
  await theirs.finish()
  await passUntil(hasEnded)
  expect(await ended).toMatchObject({ end: 'done', how: 'found' })
  expect(executor.began).toHaveLength(1)
})

test('asked to stop when its stage was taken over, it does not wait for the other process', async () => {
  const { store, executor, begin, began, request } = await training()
  executor.stop = () => executor.finish('train')
  const { computation, ended } = begin()
  await began(1)
  await takenOver(store, request.found.key)
  computation.stop(false)
  expect(await ended).toEqual({ end: 'stopped', at: undefined })
})
