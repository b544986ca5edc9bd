/** Which failures are retried, after what delay, and the memory facts of a failure. */
import * as Duration from 'effect/Duration'
import * as Effect from 'effect/Effect'
import * as Schedule from 'effect/Schedule'
import { memoryOfMachine } from '../plan/memory.ts'
import type { StageFailure, StoreProblem } from '../problem.ts'
import { failures } from '../worker/problems.ts'

/** 0.5 s, doubled each time up to 1 min, with 20 % jitter so that stages that failed together are not retried together. */
export const backoff = Schedule.exponential('500 millis').pipe(
  Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.minutes(1)))),
  Schedule.jittered,
)

/** A damaged input is not: the scheduler runs its producer again. */
export function isTransient(failure: StageFailure | StoreProblem): failure is StageFailure {
  return failure._tag === 'StageFailure' && failure.transient && failure.kind !== 'store'
}

/** Adds the expected memory of the stage to an out-of-memory failure. */
export const withNeed =
  (bytes: number, asked: boolean) =>
  (failure: StageFailure | StoreProblem): StageFailure | StoreProblem =>
    failure._tag === 'StageFailure' && failure.kind === 'out-of-memory'
      ? failures.withMemory(failure, bytes, asked, memoryOfMachine())
      : failure
