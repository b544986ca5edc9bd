/** A stage that another process computes, with time that passes when the test says so. */
import * as Clock from 'effect/Clock'
import * as Effect from 'effect/Effect'
import { expect, onTestFinished, test } from 'vitest'
import type { ComputationEvent } from '../../../runtime/execution/computation-event.ts'
import { follow } from '../../../runtime/execution/follow.ts'
import { lookup } from '../../../runtime/plan/lookup.ts'
import type { RunEvent } from '../../../runtime/run-event.ts'
import type { Lease } from '../../../runtime/store/leases.ts'
import { openDisk } from '../../../runtime/store/sqlite/disk-store.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { temporaryFolder } from '../store/temporary-store.ts'
import { MemoryExecutor, until } from './memory-executor.ts'
import { graphOf, runIn, small } from './running.ts'
import { standingTime } from './test-clock.ts'

const key = 'ab'.repeat(32)
const by = `process ${process.pid}`
const progress = (step: number) => ({ step, steps: 40, epoch: 1, epochs: 4, loss: 1, accuracy: null, stepsPerSecond: null })

/** One store as two processes have it: theirs, whose heartbeat is given, and ours, which looks at it. */
async function shared() {
  const { clock, pass, passUntil } = standingTime()
  const folder = await temporaryFolder()
  let beat = () => {}
  const open = async (): Promise<Store> => {
    const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
    const every = (_: number, work: () => void) => {
      beat = work
      return () => {}
    }
    const store = await openDisk(folder, { leases: { clock: { now, every } } })
    onTestFinished(() => store.close())
    return store
  }
  const [theirs, ours] = [await open(), await open()]
  const take = async (of = key): Promise<Lease> => {
    const taken = await theirs.leases.take(of)
    if ('holder' in taken) throw new Error('it is held')
    return taken.lease
  }
  const events: ComputationEvent[] = []
  const followed = () =>
    Effect.runPromise(
      Effect.provideService(
        follow(ours.leases, key, (event) => events.push(event)),
        Clock.Clock,
        clock,
      ),
    )
  return { theirs, ours, take, beat: () => beat(), clock, pass, passUntil, events, followed }
}

test('where nobody computes a stage there is nothing to follow', async () => {
  const { followed, events } = await shared()
  expect([await followed(), events]).toEqual([false, []])
})

test('it reports who computes it and how far it is, until that one lets go', async () => {
  const { theirs, take, pass, passUntil, events, followed } = await shared()
  const lease = await take()
  const over = followed()
  await until(() => events.length === 1)
  await theirs.leases.report(lease, progress(10))
  await passUntil(() => events.length === 3, 0.25)
  // Nothing new is nothing told.
  await pass(1)
  await theirs.leases.report(lease, progress(20))
  await passUntil(() => events.length === 4, 0.25)
  await theirs.leases.release(lease)
  let ended = false
  void over.then(() => {
    ended = true
  })
  await passUntil(() => ended, 0.25)
  expect(await over).toBe(true)
  expect(events).toEqual([
    { event: 'started', steps: 0, resumedAt: undefined, by },
    { event: 'started', steps: 40, resumedAt: undefined, by },
    { event: 'progress', progress: progress(10) },
    { event: 'progress', progress: progress(20) },
  ])
})

test('as long as its heart beats it is followed; ten seconds after the last beat it is over', async () => {
  const { take, beat, pass, passUntil, followed } = await shared()
  await take()
  let over = false
  const ended = followed().then((was) => {
    over = true
    return was
  })
  for (let seconds = 0; seconds < 30; seconds += 5) {
    beat()
    await pass(5)
  }
  await pass(4)
  expect(over).toBe(false)
  await passUntil(() => over)
  expect(await ended).toBe(true)
})

test('a run follows another process, and takes its stage over when that is dead', async () => {
  const { ours, take, clock, passUntil } = await shared()
  const executor = new MemoryExecutor(ours, { automatic: () => true })
  const graph = graphOf(small(1).init())
  const { key: init } = await lookup(ours, { stage: graph.stages[0]!, inputs: {}, data: undefined, snapshots: [] })
  await take(init)
  const events: RunEvent[] = []
  const ran = runIn(ours, graph, { executor, clock, onEvent: (event) => events.push(event) })
  await until(() => events.some((event) => event.event === 'stage-start'))
  expect(executor.began).toEqual([])
  await passUntil(() => events.at(-1)?.event === 'done')
  expect((await ran).end.ok).toBe(true)
  const starts = events.flatMap((event) => (event.event === 'stage-start' && event.kind === 'init' ? [event.by] : []))
  expect(starts).toEqual([by, undefined])
})
