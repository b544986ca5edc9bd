/** One attempt at a stage: a worker (or this process) does the job, what it reports is kept, and the result is in the store at the end. */
import * as Effect from 'effect/Effect'
import type { Stage } from '../../dsl/stage.ts'
import type { Lookup } from '../plan/lookup.ts'
import { type StageFailure, StoreProblem } from '../problem.ts'
import type { StageResult, Store } from '../store/store.ts'
import type { Job, Outcome } from '../worker/protocol.ts'
import { needsWorker } from '../worker/run-stage.ts'
import type { Stopped } from '../worker/stages/stage.ts'
import type { WorkerReport } from '../worker/worker-process.ts'
import { runHere, type StageRunner } from './stage-runner.ts'

/** A stage that must run. */
export type ToDo = Exclude<Lookup, { status: 'hit' }>

export interface Attempt {
  readonly store: Store
  readonly stage: Pick<Stage, 'kind' | 'path'>
  readonly found: ToDo
  readonly job: Job
  /** Of the slot; undefined for stages that need no worker. */
  readonly runner: StageRunner | undefined
  readonly onStarted: (steps: number, resumedAt: number | undefined) => void
  readonly onProgress: (progress: Extract<WorkerReport, { type: 'progress' }>) => void
}

export interface Finished {
  readonly result: StageResult
  readonly resumed: boolean
}

export function attempt({
  store,
  stage,
  found,
  job,
  runner,
  onStarted,
  onProgress,
}: Attempt): Effect.Effect<Finished | Stopped, StageFailure | StoreProblem> {
  return Effect.gen(function* () {
    const began = performance.now()
    const { key } = found
    let resumed = false
    let writes: Promise<void> = Promise.resolve()
    const onReport = (report: WorkerReport) => {
      if (report.type === 'metrics') writes = writes.then(() => store.putMetrics(key, report.points))
      else if (report.type === 'progress') onProgress(report)
      else {
        resumed = report.resumedAt !== null
        onStarted(report.steps, report.resumedAt ?? undefined)
      }
      writes.catch(() => {}) // raised below
    }
    // Those with steps say themselves where they begin.
    if (stage.kind !== 'train' && stage.kind !== 'distill') onStarted(0, undefined)
    const outcome = yield* runner !== undefined && needsWorker(stage.kind) ? runner.run(job, onReport) : runHere(job)
    yield* fromStore(() => writes)
    if ('stoppedAt' in outcome) return outcome
    const result = resultOf(stage, found, outcome, (performance.now() - began) / 1000)
    yield* fromStore(async () => {
      await store.putResult(result)
      await store.removeCheckpoints(key)
    })
    return { result, resumed }
  })
}

function resultOf(
  { kind, path }: Attempt['stage'],
  { key, manifest, result: earlier }: ToDo,
  outcome: Outcome,
  seconds: number,
): StageResult {
  // A replay adds snapshots to a result that is known.
  if (earlier !== undefined) return { ...earlier, snapshots: { ...earlier.snapshots, ...outcome.snapshots } }
  return {
    key,
    kind,
    path,
    manifest,
    artifact: outcome.artifact ?? undefined,
    snapshots: outcome.snapshots,
    metrics: outcome.metrics,
    numerics: outcome.numerics ?? undefined,
    finished: Date.now(),
    seconds,
  }
}

export function fromStore<A>(work: () => Promise<A>): Effect.Effect<A, StoreProblem> {
  return Effect.tryPromise({ try: work, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => (cause instanceof StoreProblem ? Effect.fail(cause) : Effect.die(cause))),
  )
}
