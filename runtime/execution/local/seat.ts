/** Owns one worker process: starts it at its first job, and restarts it after it ended or for another engine or thread count. */
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Scope from 'effect/Scope'
import { canonical } from '../../../dsl/check/canonical.ts'
import type { StageFailure } from '../../problem.ts'
import type { Outcome, Stopped } from '../../worker/stage-context.ts'
import type { JobEvent } from '../executor.ts'
import type { Job } from '../protocol.ts'
import { type WorkerOptions, WorkerProcess } from './worker-process.ts'

export class Seat {
  readonly #options: WorkerOptions
  readonly #scope: Scope.Scope
  #worker: WorkerProcess | undefined
  /** Scope of the worker. */
  #own: Scope.Closeable | undefined
  /** Engine and thread count of the worker, fixed once its engine is open. */
  #settings = ''

  /** @param scope ends its worker */
  constructor(options: WorkerOptions, scope: Scope.Scope) {
    this.#options = options
    this.#scope = scope
  }

  run(job: Job, onEvent: (event: JobEvent) => void): Effect.Effect<Outcome | Stopped, StageFailure> {
    return Effect.flatMap(this.#workerFor(job), (worker) => worker.run(job, onEvent))
  }

  stop(): void {
    this.#worker?.stop()
  }

  kill(): void {
    this.#worker?.kill()
  }

  #workerFor({ engine, threads }: Job): Effect.Effect<WorkerProcess, StageFailure> {
    const settings = canonical([{ ...engine }, threads])
    return Effect.gen({ self: this }, function* () {
      if (this.#worker?.usable && this.#settings === settings) return this.#worker
      if (this.#own !== undefined) yield* Scope.close(this.#own, Exit.void)
      this.#own = yield* Scope.fork(this.#scope)
      this.#worker = yield* Effect.provideService(WorkerProcess.start(this.#options), Scope.Scope, this.#own)
      this.#settings = settings
      return this.#worker
    })
  }
}
