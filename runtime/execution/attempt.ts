/** One attempt at a stage: runs it on the executor, records its reports, and puts the result into the store. */

import * as Deferred from 'effect/Deferred'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import type { Json } from '../../dsl/check/canonical.ts'
import type { Stage } from '../../dsl/graph/stage.ts'
import { trains } from '../../dsl/graph/stage-options.ts'
import type { Lookup } from '../plan/lookup.ts'
import { type StageFailure, StoreProblem } from '../problem.ts'
import type { Lease, Leases } from '../store/leases.ts'
import type { StageResult, TrainingRecord } from '../store/results.ts'
import { removeStaleCheckpoints } from '../store/stale-checkpoints.ts'
import type { Store } from '../store/store.ts'
import { failures } from '../worker/problems.ts'
import type { Outcome, Stopped } from '../worker/stage-context.ts'
import type { Asked, Demand, Executor, JobEvent } from './executor.ts'
import type { Job } from './protocol.ts'

/** A stage that must run. */
export type ToDo = Exclude<Lookup, { status: 'hit' }>

export interface Attempt {
  readonly store: Store
  readonly leases: Leases
  readonly executor: Executor
  readonly stage: Pick<Stage, 'kind' | 'path'>
  readonly asked: Asked
  readonly found: ToDo
  readonly job: Job
  readonly demand: Demand | undefined
  readonly onEvent: (event: JobEvent) => void
}

export interface Finished {
  readonly result: StageResult
  readonly resumed: boolean
}

/** The stage has to be looked up again: another process computes or has computed it, or its resource request has changed. */
export const askAgain = { askAgain: true } as const
export type AskAgain = typeof askAgain

/** Interval of progress reports to processes that wait for the stage, in milliseconds. */
const reportEvery = 1000

export function attempt(request: Attempt): Effect.Effect<Finished | Stopped | AskAgain, StageFailure | StoreProblem> {
  const { store, found, leases } = request
  if (request.executor.publishes?.(request.stage)) return elsewhere(request)
  return Effect.gen(function* () {
    const taken = yield* fromStore(() => leases.take(found.key))
    if ('holder' in taken) return askAgain
    const { lease, tookOver } = taken
    return yield* Effect.gen(function* () {
      const finished = found.result === undefined && (yield* fromStore(() => store.results.find(found.key))).found === 'sound'
      return finished || tookOver ? askAgain : yield* carryOut(request, lease)
    }).pipe(
      // Without the lease, another process computes the stage, and a failure of this attempt does not count.
      Effect.catchTag('StageFailure', (failure) =>
        Effect.flatMap(isHeld(leases, lease), (ours) => (ours ? Effect.fail(failure) : Effect.succeed(askAgain))),
      ),
      Effect.onExit((exit) => Effect.ignoreCause(fromStore(() => letGo(request, lease, Exit.isSuccess(exit) && 'result' in exit.value)))),
    )
  })
}

const isHeld = (leases: Leases, lease: Lease): Effect.Effect<boolean, StoreProblem> => fromStore(() => leases.holds(lease))

/** Releases the lease, and removes stale checkpoints once the stage has a result, from here or another process. */
async function letGo({ store, leases, stage }: Attempt, lease: Lease, published: boolean): Promise<void> {
  const { key } = lease
  const unfinished = !published && (await leases.holds(lease))
  await leases.release(lease, published)
  if (unfinished || !trains(stage.kind) || !(await store.checkpoints.keys()).includes(key)) return
  const found = await store.results.find(key)
  if (found.found === 'sound') await removeStaleCheckpoints(store, [found.result])
}

function carryOut(
  { store, leases, executor, stage, found, job, demand, onEvent, asked }: Attempt,
  lease: Lease,
): Effect.Effect<Finished | Stopped | AskAgain, StageFailure | StoreProblem> {
  return Effect.gen(function* () {
    const began = performance.now()
    const { key } = found
    let [resumed, lastReport] = [false, -reportEvery]
    let writes: Promise<void> = Promise.resolve()
    const lost = Deferred.makeUnsafe<AskAgain>()
    const report = async (progress: Json) => {
      await leases.report(lease, progress)
      if (!(await leases.holds(lease))) Deferred.doneUnsafe(lost, Effect.succeed(askAgain))
    }
    const running = executor.run(
      job,
      demand,
      (event) => {
        if (event.type === 'metrics') writes = writes.then(() => store.results.putMetrics(key, event.points, lease))
        else if (event.type === 'progress' && performance.now() - lastReport >= reportEvery) {
          lastReport = performance.now()
          writes = writes.then(() => report({ ...event }))
        } else if (event.type === 'started') resumed = event.resumedAt !== null
        writes.catch(() => {}) // raised below
        onEvent(event)
      },
      asked,
    )
    const outcome = yield* Effect.raceFirst(running, Deferred.await(lost))
    yield* fromStore(() => writes)
    if ('askAgain' in outcome || 'kept' in outcome) return askAgain
    if ('stoppedAt' in outcome) return (yield* isHeld(leases, lease)) ? outcome : askAgain
    yield* allKept(store, outcome)
    const result = resultOf(stage, found, outcome, (performance.now() - began) / 1000)
    const published = yield* fromStore(() => store.results.put(result, { lease, training: trainingOf(found, outcome) }))
    return published ? { result, resumed } : askAgain
  })
}

/** For executors that publish: the process that computes the stage holds the lease and stores the result. */
function elsewhere({
  store,
  executor,
  found,
  job,
  demand,
  onEvent,
  asked,
}: Attempt): Effect.Effect<Finished | Stopped | AskAgain, StageFailure | StoreProblem> {
  return Effect.gen(function* () {
    const ended = yield* executor.run(job, demand, onEvent, asked)
    if ('stoppedAt' in ended) return ended
    const result = yield* fromStore(() => store.results.get(found.key))
    return result === undefined || !('kept' in ended) || ended.kept === 'found' ? askAgain : { result, resumed: ended.kept === 'resumed' }
  })
}

/** Fails when an outcome references objects that are not in the store. */
function allKept(store: Store, { artifact, snapshots, state }: Outcome): Effect.Effect<void, StageFailure | StoreProblem> {
  return Effect.gen(function* () {
    const named = [['artifact', artifact], ...Object.entries(snapshots).map(([at, digest]) => [`snapshot ${at}`, digest]), ['state', state]]
    const absent: [string, string][] = []
    for (const [what, digest] of named)
      if (what && digest && !(yield* fromStore(() => store.objects.has(digest)))) absent.push([what, digest])
    if (absent.length > 0) yield* Effect.fail(failures.outcomeNotKept(absent))
  })
}

function resultOf(
  { kind, path }: Attempt['stage'],
  { key, manifest, result: earlier }: ToDo,
  outcome: Outcome,
  seconds: number,
): StageResult {
  // A replay adds snapshots to an existing result.
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

/** Recorded so that longer and shorter trainings with the same prefix can reuse this one. */
function trainingOf({ prefix, epochs }: ToDo, { state, weights }: Outcome): TrainingRecord | undefined {
  return weights === undefined ? undefined : { prefix, epochs, state, weights }
}

export function fromStore<A>(work: () => Promise<A>): Effect.Effect<A, StoreProblem> {
  return Effect.tryPromise({ try: work, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => (cause instanceof StoreProblem ? Effect.fail(cause) : Effect.die(cause))),
  )
}
