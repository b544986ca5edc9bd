import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import * as TestClock from 'effect/testing/TestClock'
import { expect, test } from 'vitest'
import { Passing, patience } from '../../../../runtime/store/s3/client.ts'

test('what fails in passing is tried nine times within half a minute, soon at first', async () => {
  const tried = await Effect.runPromise(
    Effect.gen(function* () {
      let [tries, early] = [0, 0]
      const work = Effect.suspend(() => {
        tries++
        return Effect.fail(new Passing({ says: 'busy' }))
      })
      const fiber = yield* Effect.forkChild(Effect.exit(Effect.retry(work, { schedule: patience })))
      yield* TestClock.adjust('1 second')
      early = tries
      yield* TestClock.adjust('30 seconds')
      const ended = fiber.pollUnsafe() !== undefined
      yield* Fiber.interrupt(fiber)
      return { early, tries, ended }
    }).pipe(Effect.provide(TestClock.layer())),
  )
  expect(tried.early).toBeGreaterThan(1)
  expect(tried).toMatchObject({ tries: 9, ended: true })
})
