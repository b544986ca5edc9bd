/** Queries to PostgreSQL as promises. After a lost connection the work is retried, so all work must be idempotent. */
import { PgClient } from '@effect/sql-pg'
import * as Cause from 'effect/Cause'
import * as Context from 'effect/Context'
import * as Data from 'effect/Data'
import * as Duration from 'effect/Duration'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Fiber from 'effect/Fiber'
import * as Queue from 'effect/Queue'
import * as Reactivity from 'effect/reactivity/Reactivity'
import * as Schedule from 'effect/Schedule'
import * as Scope from 'effect/Scope'
import { SqlError } from 'effect/sql/SqlError'
import type { StoreProblem } from '../../problem.ts'
import { problems } from '../problems.ts'
import type { DatabaseAddress } from './address.ts'
import { databaseProblems } from './problems.ts'
import type { IndexRow } from './row.ts'

type Value = string | number | boolean | null
export type Query = (sql: string, ...values: readonly Value[]) => Promise<readonly IndexRow[]>

/** Exponential backoff from 100 ms to 2 s, with jitter, for up to 60 s: enough for a server to restart. */
export const patience = Schedule.exponential('100 millis').pipe(
  Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.seconds(2)))),
  Schedule.jittered,
  Schedule.upTo({ duration: '60 seconds' }),
)

export class Database {
  /** Address for display. */
  readonly shown: string
  readonly #client: PgClient.PgClient
  readonly #scope: Scope.Closeable

  private constructor(shown: string, client: PgClient.PgClient, scope: Scope.Closeable) {
    this.shown = shown
    this.#client = client
    this.#scope = scope
  }

  /** @throws StoreProblem when the server cannot be reached; retries only while it is starting or shutting down */
  static async open(
    { at, user, password, shown }: DatabaseAddress,
    { schema, readOnly }: { readonly schema: string; readonly readOnly: boolean },
  ): Promise<Database> {
    const scope = await Effect.runPromise(Scope.make())
    const client = await Effect.runPromise(
      PgClient.make({
        ...at,
        username: user,
        password,
        applicationName: 'espalier',
        // Concurrent queries share a connection; a transaction has one to itself.
        multiplex: true,
        maxConnections: 4,
        connectTimeout: '10 seconds',
        keepAlive: '10 seconds',
        startupParameters: { search_path: schema, ...(readOnly ? { default_transaction_read_only: 'on' } : {}) },
      }).pipe(Effect.provide(Reactivity.layer), Effect.provideService(Scope.Scope, scope)),
    )
    const database = new Database(shown, client, scope)
    try {
      await Effect.runPromise(database.#told(Effect.retry(client.unsafe('SELECT 1'), { while: isStarting, schedule: patience })))
      return database
    } catch (problem) {
      database.close()
      throw problem
    }
  }

  readonly all: Query = (sql, ...values) => this.#run(this.#client.unsafe(sql, values))

  /** Atomic. */
  transaction<A>(work: (all: Query) => Promise<A>): Promise<A> {
    const within = Effect.flatMap(Effect.context<never>(), (context) =>
      Effect.tryPromise({
        try: () => work((sql, ...values) => Effect.runPromiseWith(context)(this.#client.unsafe(sql, values))),
        catch: (cause) => cause,
      }),
    )
    return this.#run(this.#client.withTransaction(within))
  }

  /** Calls `heard` with each notification, and without arguments whenever some may have been missed. The returned function stops it. */
  listen(channel: string, heard: (notification?: string) => void): () => void {
    const once = Effect.scoped(
      Effect.flatMap(this.#client.listen(channel), (told) => {
        heard()
        return Effect.forever(Effect.flatMap(Queue.take(told), ({ payload }) => Effect.sync(() => heard(payload))))
      }),
    )
    const again = Effect.forever(Effect.andThen(Effect.ignoreCause(once), Effect.sleep('1 second')))
    const fiber = Effect.runForkWith(Context.empty())(again)
    return () => Effect.runFork(Fiber.interrupt(fiber))
  }

  close(): void {
    Effect.runFork(Scope.close(this.#scope, Exit.void))
  }

  #run<A>(work: Effect.Effect<A, unknown>): Promise<A> {
    return Effect.runPromise(this.#told(Effect.retry(asFailure(work), { while: isPassing, schedule: patience })))
  }

  #told<A>(work: Effect.Effect<A, unknown>): Effect.Effect<A, unknown> {
    return Effect.mapError(work, (cause) => {
      if (cause instanceof ConnectionLost) return databaseProblems.unreachable(this.shown, 'the connection was lost')
      return cause instanceof SqlError ? problemOf(cause, this.shown) : cause
    })
  }
}

/** The client interrupts pending queries when their connection closes. */
class ConnectionLost extends Data.TaggedError('ConnectionLost') {}

/** When a connection closes during a transaction, the client fails to roll back and reports a defect; here it becomes a failure. */
const asFailure = <A>(work: Effect.Effect<A, unknown>): Effect.Effect<A, unknown> =>
  Effect.catchCause(work, (cause) => {
    if (Cause.hasInterruptsOnly(cause)) return Effect.fail(new ConnectionLost())
    const died = Cause.squash(cause)
    return died instanceof SqlError ? Effect.fail(died) : Effect.failCause(cause)
  })

const isConflict = ({ reason }: SqlError): boolean => reason._tag === 'DeadlockError' || reason._tag === 'SerializationError'
/** Stopped by an administrator, crashed, or not accepting connections yet. */
const isStarting = (cause: unknown): boolean => cause instanceof SqlError && /^57P0[123]$/.test(stateOf(cause) ?? '')
export const isPassing = (cause: unknown): boolean =>
  cause instanceof ConnectionLost ||
  (cause instanceof SqlError && (cause.reason._tag === 'ConnectionError' || isConflict(cause) || isStarting(cause)))

/** SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function stateOf({ reason }: SqlError): string | undefined {
  const code = Object(reason.cause).code
  return typeof code === 'string' ? code : undefined
}

function problemOf(error: SqlError, shown: string): StoreProblem {
  const state = stateOf(error)
  const cause = error.reason.cause
  const says = cause instanceof Error ? wordsOf(cause) : error.message
  if (state === '3D000') return databaseProblems.noDatabase(shown)
  if (error.reason._tag === 'AuthenticationError') return databaseProblems.refused(shown, says)
  if (error.reason._tag === 'ConnectionError' || isStarting(error)) return databaseProblems.unreachable(shown, says)
  if (state === '25006' || state === '42501') return problems.readOnly(shown, 'change it', [['database error', says]])
  if (state === '53100') return databaseProblems.full(shown, says)
  return databaseProblems.failed(shown, state === undefined ? says : `${says} (${state})`)
}

/** A host with several addresses gives one error per address; all are reported. */
const wordsOf = (cause: Error): string => (cause instanceof AggregateError ? cause.errors.map(String).join('; ') : cause.message)
