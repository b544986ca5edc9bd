/** Follows a stage that another process on the same store computes, without a slot. */
import * as Effect from 'effect/Effect'
import type { StoreProblem } from '../problem.ts'
import type { LeaseHolder, Leases } from '../store/leases.ts'
import { fromStore } from './attempt.ts'
import type { ComputationEvent, Progress } from './computation-event.ts'

/** Poll interval of the lease, in milliseconds. */
const followEvery = 250

/** Waits until no other process computes the stage, and forwards its progress. False when none did. */
export function follow(leases: Leases, key: string, tell: (event: ComputationEvent) => void): Effect.Effect<boolean, StoreProblem> {
  return Effect.gen(function* () {
    let last: LeaseHolder | undefined
    for (;;) {
      const held = yield* fromStore(() => leases.holderOf(key))
      if (held === undefined) return last !== undefined
      const { by } = held
      const progress = held.progress as Progress | null // as `attempt.ts` reports it
      if (last?.by !== by || (last.progress === null && progress !== null))
        tell({ event: 'started', steps: progress?.steps ?? 0, resumedAt: undefined, by })
      if (progress !== null && progress.step !== (last?.progress as Progress | null)?.step) tell({ event: 'progress', progress })
      last = held
      yield* Effect.sleep(followEvery)
    }
  })
}
