/** Runs cheap stages in the scheduler's own process, whichever executor runs the others. */
import * as Effect from 'effect/Effect'
import { runInline } from '../kinds/run-stage.ts'
import type { StageFailure } from '../problem.ts'
import type { StoreFiles } from '../store/store.ts'
import { asFailure } from '../worker/problems.ts'
import type { Outcome } from '../worker/stage-context.ts'
import type { JobEvent } from './executor.ts'
import type { Job } from './protocol.ts'

export function runHere(files: StoreFiles, job: Job, onEvent: (event: JobEvent) => void): Effect.Effect<Outcome, StageFailure> {
  return Effect.tryPromise({
    try: () => {
      onEvent({ type: 'assigned' })
      return runInline(job.work, { job, ...files, report: onEvent, stopping: () => false })
    },
    catch: asFailure,
  })
}
