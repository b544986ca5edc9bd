import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import * as TestClock from 'effect/testing/TestClock'
import { expect, test } from 'vitest'
import { Passing, patience, timeoutOf } from '../../../../runtime/store/s3/client.ts'

const triedFor = async (seconds: number, answered: boolean) => {
  const tried = await Effect.runPromise(
    Effect.gen(function* () {
      let [tries, early] = [0, 0]
      const work = Effect.suspend(() => {
        tries++
        return Effect.fail(new Passing({ says: 'busy' }))
      })
      const fiber = yield* Effect.forkChild(Effect.exit(Effect.retry(work, { schedule: patience(answered) })))
      yield* TestClock.adjust('1 second')
      early = tries
      yield* TestClock.adjust(`${seconds} seconds`)
      const ended = fiber.pollUnsafe() !== undefined
      yield* Fiber.interrupt(fiber)
      return { early, tries, ended }
    }).pipe(Effect.provide(TestClock.layer())),
  )
  expect(tried.early).toBeGreaterThan(1)
  return tried
}

test('what fails in passing is tried nine times within half a minute, soon at first', async () => {
  expect(await triedFor(30, false)).toMatchObject({ tries: 9, ended: true })
})

test('a server that has answered before may be gone for a minute', async () => {
  expect(await triedFor(60, true)).toMatchObject({ ended: false })
  expect(await triedFor(120, true)).toMatchObject({ tries: 21, ended: true })
})

test('a request without an object to carry is given up after half a minute, others as slowly as 2 Mbit/s', () => {
  for (const [method, name] of [
    ['HEAD', 'a'],
    ['DELETE', 'a'],
    ['GET', ''],
  ] as const)
    expect(timeoutOf({ method, name })).toBe(30_000)
  expect(timeoutOf({ method: 'PUT', name: 'a', body: new Uint8Array(1_000_000) })).toBe(34_000)
  expect(timeoutOf({ method: 'GET', name: 'a' })).toBe(30_000 + Math.ceil(2 ** 28 / 250))
})
