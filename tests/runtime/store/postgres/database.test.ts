import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import { AuthenticationError, ConnectionError, SqlError } from 'effect/sql/SqlError'
import * as TestClock from 'effect/testing/TestClock'
import { expect, onTestFinished, test } from 'vitest'
import { databaseAddress } from '../../../../runtime/store/postgres/address.ts'
import { Database, isPassing, patience } from '../../../../runtime/store/postgres/database.ts'
import { noPostgres, postgresForFile } from './server.ts'

const props = { cause: new Error('gone'), message: 'gone', operation: 'query' }
const lost = new SqlError({ reason: new ConnectionError(props) })
const refused = new SqlError({ reason: new AuthenticationError(props) })
const crashed = new SqlError({ reason: new ConnectionError({ ...props, cause: Object.assign(new Error(), { code: '57P02' }) }) })

/** How often it is tried within so many seconds, when the first `failing` times fail. */
const attempts = (failure: SqlError, failing: number, seconds: number) =>
  Effect.runPromise(
    Effect.gen(function* () {
      let tried = 0
      const work = Effect.suspend(() => (++tried <= failing ? Effect.fail(failure) : Effect.succeed('done')))
      const fiber = yield* Effect.forkChild(Effect.exit(Effect.retry(work, { while: isPassing, schedule: patience })))
      yield* TestClock.adjust(`${seconds} seconds`)
      const exit = fiber.pollUnsafe()
      yield* Fiber.interrupt(fiber)
      return { tried, ended: exit !== undefined, exit: exit?._tag === 'Success' ? exit.value._tag : undefined }
    }).pipe(Effect.provide(TestClock.layer())),
  )

test('what a lost connection or a crash interrupted is done again, soon at first', async () => {
  expect(await attempts(lost, 3, 2)).toEqual({ tried: 4, ended: true, exit: 'Success' })
  expect(await attempts(crashed, 1, 1)).toEqual({ tried: 2, ended: true, exit: 'Success' })
})

test('after a minute it is given up', async () => {
  const { tried, exit } = await attempts(lost, Number.POSITIVE_INFINITY, 70)
  expect(exit).toBe('Failure')
  expect(tried).toBeGreaterThan(25)
  expect(tried).toBeLessThan(60)
})

test('what the server refuses is not asked again', async () => {
  expect(await attempts(refused, 1, 60)).toEqual({ tried: 1, ended: true, exit: 'Failure' })
})

const server = postgresForFile()

test.skipIf(noPostgres !== undefined)('a transaction whose connection closes in the middle of it is done again', async () => {
  const address = databaseAddress(server().createDatabase())
  const database = await Database.open(address, { schema: 'public', readOnly: false })
  onTestFinished(() => database.close())
  let tried = 0
  const done = await database.transaction(async (all) => {
    if (++tried === 1) await all('SELECT pg_terminate_backend(pg_backend_pid())')
    return all('SELECT 1 AS one')
  })
  expect(done).toEqual([{ one: 1 }])
  expect(tried).toBe(2)
})
