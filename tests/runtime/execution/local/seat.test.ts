import * as Clock from 'effect/Clock'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Fiber from 'effect/Fiber'
import * as Scope from 'effect/Scope'
import { expect, test } from 'vitest'
import type { JobEvent } from '../../../../runtime/execution/executor.ts'
import { Seat } from '../../../../runtime/execution/local/seat.ts'
import type { Job } from '../../../../runtime/execution/protocol.ts'
import { storeFiles } from '../../../../runtime/store/files.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { standingTime } from '../test-clock.ts'
import { jobOf, workerThat } from './fake-worker.ts'

const done = "send({ type: 'done', outcome: { artifact: null, snapshots: {}, metrics: {}, numerics: null } })"

/** Runs jobs one after the other in one seat. Gives the process of each, and whether it came to its end. */
async function processesOf(code: string, jobs: readonly Job[], onEvent: (event: JobEvent, seat: Seat) => void = () => {}) {
  const [store, entry] = [storeFiles(await temporaryFolder()), await workerThat(code)]
  const { clock, passUntil } = standingTime()
  const running = Effect.gen(function* () {
    const seat = new Seat({ store, entry }, yield* Effect.scope)
    const seen: [number | undefined, boolean][] = []
    for (const job of jobs) {
      let worker: number | undefined
      let over = false
      const run = seat.run(job, (event) => {
        if (event.type === 'assigned') worker = event.worker
        onEvent(event, seat)
      })
      const fiber = yield* Effect.forkChild(Effect.exit(run))
      fiber.addObserver(() => {
        over = true
      })
      if (job.id === 'silent') yield* Effect.promise(() => passUntil(() => over, 6))
      const { _tag: ended } = yield* Fiber.join(fiber)
      seen.push([worker, ended === 'Success'])
    }
    return seen
  })
  return Effect.runPromise(Effect.provideService(Effect.scoped(running), Clock.Clock, clock))
}

test('a worker is kept for the next job, and another one started for other threads or another engine', async () => {
  const threads = { ...jobOf('c'), threads: 2 }
  const engine = { ...jobOf('d'), threads: 2, engine: { engine: 'portable', xla: false } as const }
  const seen = await processesOf(`run(() => ${done})`, [jobOf('a'), jobOf('b'), threads, engine])
  const [first, second, third, fourth] = seen.map(([worker]) => worker)
  expect(seen.every(([, ok]) => ok)).toBe(true)
  expect(second).toBe(first)
  expect(new Set([first, third, fourth]).size).toBe(3)
})

test('a process that is being ended gets no more work: after silence, after a kill, after what it may not send', async () => {
  const sent = `run(({ id }) => id === 'silent' ? undefined : id === 'forged' ? send({}, { nonce: '' }) : ${done})`
  const seen = await processesOf(sent, [jobOf('a'), jobOf('silent'), jobOf('b'), jobOf('forged'), jobOf('c')])
  expect(seen.map(([, ok]) => ok)).toEqual([true, false, true, false, true])
  const [a, silent, b, forged, c] = seen.map(([worker]) => worker)
  expect([silent, forged]).toEqual([a, b])
  expect(new Set([a, b, c]).size).toBe(3)
  const killed = await processesOf(
    `run(({ id }) => id === 'killed' ? send({ type: 'started', steps: 1, resumedAt: null }) : ${done})`,
    [jobOf('killed'), jobOf('a')],
    (event, seat) => {
      if (event.type === 'started') seat.kill()
    },
  )
  expect(killed.map(([, ok]) => ok)).toEqual([false, true])
  expect(killed[0]![0]).not.toBe(killed[1]![0])
})

test('a worker ends with the scope of its seat', async () => {
  const [store, entry] = [storeFiles(await temporaryFolder()), await workerThat(`run(() => ${done})`)]
  const scope = Effect.runSync(Scope.make())
  let worker: number | undefined
  await Effect.runPromise(
    new Seat({ store, entry }, scope).run(jobOf('a'), (event) => {
      if (event.type === 'assigned') worker = event.worker
    }),
  )
  expect(process.kill(worker!, 0)).toBe(true)
  await Effect.runPromise(Scope.close(scope, Exit.void))
  expect(() => process.kill(worker!, 0)).toThrow('ESRCH')
})
