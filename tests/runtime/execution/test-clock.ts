/** Time that passes when a test says so, for what waits: retries, silence, other processes. */
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Scope from 'effect/Scope'
import * as TestClock from 'effect/testing/TestClock'
import { onTestFinished } from 'vitest'

export interface Time {
  readonly clock: TestClock.TestClock
  /** Seconds pass, and what they wake has had its turn. */
  pass(seconds: number): Promise<void>
  /** So many seconds pass, again and again, until something holds: what is not asleep yet sleeps through the next ones. */
  passUntil(holds: () => boolean, seconds?: number): Promise<void>
}

export function standingTime(): Time {
  const scope = Effect.runSync(Scope.make())
  onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const clock = Effect.runSync(Effect.provideService(TestClock.make(), Scope.Scope, scope))
  const pass = async (seconds: number) => {
    await Effect.runPromise(clock.adjust(seconds * 1000))
    // What is woken asks the store, which takes turns of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return {
    clock,
    pass,
    passUntil: async (holds, seconds = 1) => {
      for (let left = 1000; !holds(); left--) {
        if (left === 0) throw new Error('waited for nothing')
        await pass(seconds)
      }
    },
  }
}
