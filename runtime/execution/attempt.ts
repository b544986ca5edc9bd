/** One attempt at a stage: a worker (or this process) does the job, what it reports is kept, and the result is in the store at the end. */

import * as Effect from 'effect/Effect'
import type { Stage } from '../../dsl/graph/stage.ts'
import { needsWorker } from '../kinds/run-stage.ts'
import type { Lookup } from '../plan/lookup.ts'
import { type StageFailure, StoreProblem } from '../problem.ts'
import type { Lease } from '../store/leases.ts'
import type { StageResult, TrainingRecord } from '../store/results.ts'
import type { Leases } from '../store/sqlite/leases.ts'
import type { Store } from '../store/store.ts'
import type { Outcome, Stopped } from '../worker/stage-context.ts'
import { runHere, type StageRunner } from './local/stage-runner.ts'
import type { WorkerReport } from './local/worker-process.ts'
import type { Job } from './protocol.ts'

/** A stage that must run. */
export type ToDo = Exclude<Lookup, { status: 'hit' }>

export interface Attempt {
  readonly store: Store
  readonly stage: Pick<Stage, 'kind' | 'path'>
  readonly found: ToDo
  readonly job: Job
  readonly leases: Leases
  /** Of the slot; undefined for stages that need no worker. */
  readonly runner: StageRunner | undefined
  /** `worker` is the id of its process, when it has one. */
  readonly onStarted: (steps: number, resumedAt: number | undefined, worker: number | undefined) => void
  readonly onProgress: (progress: Extract<WorkerReport, { type: 'progress' }>) => void
}

export interface Finished {
  readonly result: StageResult
  readonly resumed: boolean
}

/** Another process computes it, or has done so by now, or it is to be computed elsewhere: the store is to be asked again. */
export interface Elsewhere {
  readonly elsewhere: true
}

export const elsewhere: Elsewhere = { elsewhere: true }

/** How often those who wait in other processes are told how far it is, in milliseconds. */
const tellEvery = 1000

export function attempt(request: Attempt): Effect.Effect<Finished | Stopped | Elsewhere, StageFailure | StoreProblem> {
  const { store, found, leases } = request
  return Effect.gen(function* () {
    const taken = yield* fromStore(async () => leases.take(found.key))
    if ('held' in taken) return elsewhere
    const { lease, tookOver } = taken
    return yield* Effect.gen(function* () {
      const finished = found.result === undefined && (yield* fromStore(() => store.findResult(found.key))).found === 'sound'
      return finished || tookOver ? elsewhere : yield* carryOut(request, lease)
    }).pipe(Effect.ensuring(Effect.ignoreCause(fromStore(async () => leases.release(lease)))))
  })
}

function carryOut(
  { store, stage, found, job, leases, runner, onStarted, onProgress }: Attempt,
  lease: Lease,
): Effect.Effect<Finished | Stopped | Elsewhere, StageFailure | StoreProblem> {
  return Effect.gen(function* () {
    const began = performance.now()
    const { key } = found
    const worker = runner?.ready === undefined ? undefined : yield* runner.ready(job)
    let [resumed, told] = [false, -tellEvery]
    let writes: Promise<void> = Promise.resolve()
    const onReport = (report: WorkerReport) => {
      if (report.type === 'metrics') writes = writes.then(() => store.putMetrics(key, report.points, lease))
      else if (report.type === 'progress') {
        onProgress(report)
        if (performance.now() - told >= tellEvery) {
          told = performance.now()
          writes = writes.then(() => leases.report(lease, { ...report }))
        }
      } else {
        resumed = report.resumedAt !== null
        onStarted(report.steps, report.resumedAt ?? undefined, worker)
      }
      writes.catch(() => {}) // raised below
    }
    // Those with steps say themselves where they begin.
    if (stage.kind !== 'train' && stage.kind !== 'distill') onStarted(0, undefined, worker)
    const outcome = yield* runner !== undefined && needsWorker(stage.kind) ? runner.run(job, onReport) : runHere(job)
    yield* fromStore(() => writes)
    if ('stoppedAt' in outcome) return outcome
    const result = resultOf(stage, found, outcome, (performance.now() - began) / 1000)
    const published = yield* fromStore(() => store.putResult(result, { lease, training: trainingOf(found, outcome) }))
    if (!published) return elsewhere
    yield* fromStore(() => store.checkpoints.remove(key))
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

/** What longer and shorter trainings can use. */
function trainingOf({ prefix, epochs }: ToDo, { state, weights }: Outcome): TrainingRecord | undefined {
  return weights === undefined ? undefined : { prefix, epochs, state, weights }
}

export function fromStore<A>(work: () => Promise<A>): Effect.Effect<A, StoreProblem> {
  return Effect.tryPromise({ try: work, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => (cause instanceof StoreProblem ? Effect.fail(cause) : Effect.die(cause))),
  )
}
