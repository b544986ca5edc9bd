/** Which failures are tried again, after how long, and what is said of a need of memory. */
import * as Duration from 'effect/Duration'
import * as Effect from 'effect/Effect'
import * as Schedule from 'effect/Schedule'
import { memoryOfMachine } from '../plan/memory.ts'
import type { StageFailure, StoreProblem } from '../problem.ts'
import { failures } from '../worker/problems.ts'

/** Half a second, doubled each time up to a minute, each 20 % more or less, so that many that failed together are not retried together. */
export const backoff = Schedule.exponential('500 millis').pipe(
  Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.minutes(1)))),
  Schedule.jittered,
)

/** A damaged input does not repair itself: the caller has its producer run again. */
export function isTransient(failure: StageFailure | StoreProblem): failure is StageFailure {
  return failure._tag === 'StageFailure' && failure.transient && failure.kind !== 'store'
}

/** Adds to a failure by lack of memory how much the stage was expected to need. */
export const withNeed =
  (bytes: number, asked: boolean) =>
  (failure: StageFailure | StoreProblem): StageFailure | StoreProblem =>
    failure._tag === 'StageFailure' && failure.kind === 'out-of-memory'
      ? failures.withMemory(failure, bytes, asked, memoryOfMachine())
      : failure
