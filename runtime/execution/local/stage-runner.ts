/** Who runs a job: a worker process kept by each slot, or for surgery this process. Tests put something simpler in its place. */

import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Scope from 'effect/Scope'
import type { EngineChoice } from '../../engine/choice.ts'
import { environmentOf } from '../../engine/gpu.ts'
import { canonical } from '../../format/canonical.ts'
import { runInline } from '../../kinds/run-stage.ts'
import type { StageFailure } from '../../problem.ts'
import { storeFiles } from '../../store/files.ts'
import { asFailure } from '../../worker/problems.ts'
import type { Outcome, Stopped } from '../../worker/stage-context.ts'
import type { Job } from '../protocol.ts'
import { type WorkerOptions, WorkerProcess, type WorkerReport } from './worker-process.ts'

export interface StageRunner {
  /** Starts a process for the job unless there is one, and gives its id. Absent where there are no processes. */
  ready?(job: Job): Effect.Effect<number | undefined, StageFailure>
  run(job: Job, onReport: (report: WorkerReport) => void): Effect.Effect<Outcome | Stopped, StageFailure>
  /** Asks the running job to checkpoint and stop. */
  stop(): void
  /** Ends the running job at once. */
  kill(): void
}

/** A slot's worker: started at its first job, started again after it died or for another engine or thread count, ended with the scope. */
export function workerRunner(options: WorkerOptions): Effect.Effect<StageRunner, never, Scope.Scope> {
  return Effect.map(Effect.scope, (scope): StageRunner => {
    let worker: WorkerProcess | undefined
    let own: Scope.Closeable | undefined
    /** What an open engine cannot change any more. */
    let settings = ''
    const living = ({ engine, threads }: Job) =>
      Effect.gen(function* () {
        const wanted = canonical([{ ...engine }, threads])
        if (worker?.alive && settings === wanted) return worker
        if (own !== undefined) yield* Scope.close(own, Exit.void)
        own = yield* Scope.fork(scope)
        worker = yield* Effect.provideService(WorkerProcess.start(options), Scope.Scope, own)
        settings = wanted
        return worker
      })
    return {
      ready: (job) => Effect.map(living(job), ({ pid }) => pid),
      run: (job, onReport) => Effect.flatMap(living(job), (alive) => alive.run(job, onReport)),
      stop: () => worker?.stop(),
      kill: () => worker?.kill(),
    }
  })
}

/** A worker for each slot: on GPUs the first with the first of them, and so on, so that there are as many as slots. */
export function workersOn({ gpus }: Pick<EngineChoice, 'gpus'>): Effect.Effect<StageRunner, never, Scope.Scope> {
  if (gpus.length === 0) return workerRunner({})
  let made = 0
  return Effect.suspend(() => workerRunner({ env: environmentOf(gpus[made++]!) }))
}

/** Surgery in this process: nothing to stop, it is over in a moment. */
export function runHere(job: Job): Effect.Effect<Outcome, StageFailure> {
  return Effect.tryPromise({
    try: () => runInline(job.work, { job, ...storeFiles(job.store), report: () => {}, stopping: () => false }),
    catch: asFailure,
  })
}
