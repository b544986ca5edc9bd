/**
 * Runs a graph: one fiber looks stages up as their inputs become known, and attaches cache misses to computations. A lookup never waits for
 * a slot, equal keys are computed once, and a result is in the store before any stage that needs it starts.
 */
import * as Deferred from 'effect/Deferred'
import * as Effect from 'effect/Effect'
import * as Queue from 'effect/Queue'
import type * as Scope from 'effect/Scope'
import type { Stage } from '../../dsl/graph/stage.ts'
import { withPlace } from '../format/code-frame.ts'
import { shorterTrainings } from '../plan/prefix.ts'
import { planProblems } from '../plan/problems.ts'
import type { StageFailure, StoreProblem } from '../problem.ts'
import type { RunEvent } from '../run-event.ts'
import { RunJournal } from '../store/run-journal.ts'
import { removeStaleCheckpoints } from '../store/stale-checkpoints.ts'
import { fromStore, type ToDo } from './attempt.ts'
import type { ComputationEnd, ComputationEvent } from './computation-event.ts'
import { makeComputations } from './computations.ts'
import type { Executor } from './executor.ts'
import { type End, Ledger } from './ledger.ts'
import { doneEvent, stageEvent } from './run-events.ts'
import type { RunEnd, RunRequest } from './run-request.ts'
import { StageRequests } from './stage-requests.ts'

export type { RunEnd, RunRequest } from './run-request.ts'

/** Fails only when the store does. */
export function runGraph(request: RunRequest): Effect.Effect<RunEnd, StoreProblem> {
  return Effect.scoped(Effect.suspend(() => new Run(request).go()))
}

/** Runs a graph on computations of its own, which end with the run. */
export function runOn(
  executor: Effect.Effect<Executor, never, Scope.Scope>,
  request: Omit<RunRequest, 'computations'>,
): Effect.Effect<RunEnd, StoreProblem> {
  const { store, resources } = request
  return Effect.scoped(
    Effect.gen(function* () {
      const computations = yield* makeComputations({ store, executor: yield* executor, ...resources })
      return yield* runGraph({ ...request, computations })
    }),
  )
}

/** Limit of concurrent lookups. */
const mostLookups = 64

class Run {
  readonly #request: RunRequest
  readonly #ledger: Ledger
  readonly #asked: StageRequests
  /** The shorter training that a training can continue, by the id of the longer one. */
  readonly #shorter: ReadonlyMap<string, Stage>
  readonly #began = performance.now()
  readonly #journal: RunJournal
  readonly #lookups = Effect.runSync(Queue.unbounded<Stage>())
  readonly #over = Deferred.makeUnsafe<void, StoreProblem>()

  constructor(request: RunRequest) {
    const { graph, store, file, target = 'default', part = false, host, onEvent } = request
    const journal = new RunJournal({ store, file, target, part, host, onWarning: onEvent })
    this.#journal = journal
    const tell = (event: RunEvent) => {
      journal.note(event)
      onEvent(event)
    }
    this.#request = { ...request, onEvent: tell }
    this.#ledger = new Ledger(graph)
    this.#asked = new StageRequests(request, this.#ledger)
    this.#shorter = shorterTrainings(graph)
  }

  go(): Effect.Effect<RunEnd, StoreProblem, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      const { graph, resources, workers, file, store, computations, hits, interruption, replaces, onEvent } = this.#request
      yield* Effect.addFinalizer(() => Effect.promise(() => this.#journal.close()))
      const { slots, threads } = resources
      onEvent({ event: 'start', file, stages: graph.stages.length, slots, threads, ...(workers === undefined ? {} : { workers }) })
      computations.resize(resources)
      const forget = interruption.listen((requests) => {
        this.#release(requests > 1)
        this.#settle()
      })
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          forget()
          this.#release()
          if (replaces?.requested === false) replaces.request()
        }),
      )
      const found = [...(hits?.values() ?? [])].map(({ result }) => result)
      yield* fromStore(() => removeStaleCheckpoints(store, found))
      yield* this.#fork(Effect.forever(Effect.flatMap(Queue.takeBetween(this.#lookups, 1, mostLookups), (stages) => this.#lookUp(stages))))
      this.#enqueue(this.#ledger.ready())
      this.#settle()
      yield* Deferred.await(this.#over)

      const seconds = (performance.now() - this.#began) / 1000
      const end = doneEvent({ graph, ledger: this.#ledger, interrupted: interruption.requested, seconds })
      onEvent(end)
      return end
    })
  }

  get #stopping(): boolean {
    const { interruption, failFast = false } = this.#request
    return interruption.requested || (failFast && this.#ledger.count('failed') > 0)
  }

  /** Starts a part of the run; its failure fails the run. */
  #fork(part: Effect.Effect<void, StoreProblem, Scope.Scope>): Effect.Effect<void, never, Scope.Scope> {
    return Effect.asVoid(Effect.forkScoped(Effect.tapCause(part, (cause) => Deferred.failCause(this.#over, cause))))
  }

  #enqueue(ready: readonly Stage[]): void {
    for (const stage of ready) Queue.offerUnsafe(this.#lookups, stage)
  }

  #lookUp(stages: readonly Stage[]): Effect.Effect<void, StoreProblem, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      const { onEvent, replaces } = this.#request
      // One of its inputs may have to be computed again since it was ready.
      const isReady = ({ id }: Stage) => this.#ledger.stateOf(id).is === 'ready'
      // Concurrently, since a store may answer all in one query.
      const looked = Effect.forEach(stages, (stage) => (this.#stopping || !isReady(stage) ? Effect.undefined : this.#asked.lookup(stage)), {
        concurrency: 'unbounded',
      })
      for (const [i, found] of (yield* looked).entries()) {
        const stage = stages[i]!
        if (found === undefined || !isReady(stage)) continue
        if (found.status === 'hit') {
          const { key, result } = found
          onEvent({ event: 'hit', path: stage.path, kind: stage.kind, key, artifact: result.artifact ?? null })
          this.#finish(stage, { is: 'hit', result })
        } else if (!this.#stopping) yield* this.#attach(stage, found)
      }
      // Every stage whose key can be known by now has been looked up and attached.
      if (replaces?.requested === false && (this.#stopping || this.#ledger.count('ready') === 0)) replaces.request()
      this.#settle()
    })
  }

  #attach(stage: Stage, found: ToDo): Effect.Effect<void, never, Scope.Scope> {
    const { key, ignored } = found
    const { computations, onEvent } = this.#request
    const twin = this.#ledger.runningWith(key)
    if (twin !== undefined) return Effect.sync(() => this.#ledger.wait(stage, 'twin', twin))
    const shorter = computations.has(key) ? undefined : this.#shorterOf(stage, found)
    if (shorter !== undefined) return Effect.sync(() => this.#ledger.wait(stage, 'behind', shorter))
    if (ignored.length > 0) onEvent({ event: 'warning', problem: planProblems.checkpointIgnored(stage, found) })
    const attachment = computations.attach(this.#asked.computation(stage, found), (event: ComputationEvent) =>
      onEvent(stageEvent(stage, key, event)),
    )
    this.#ledger.run(stage, key, attachment)
    return this.#fork(Effect.flatMap(attachment.end, (end) => this.#ended(stage, key, end)))
  }

  /** The shorter training of this run that a training waits for and continues, unless its own checkpoint is at least as far. */
  #shorterOf(stage: Stage, found: ToDo): Stage | undefined {
    const shorter = this.#shorter.get(stage.id)
    if (shorter === undefined || this.#ledger.hasEnded(shorter.id)) return undefined
    return found.status === 'resume' && found.step >= this.#asked.stepsOf(shorter) ? undefined : shorter
  }

  #ended(stage: Stage, key: string, end: ComputationEnd): Effect.Effect<void, StoreProblem> {
    return Effect.gen({ self: this }, function* () {
      if (end.end === 'done') this.#done(stage, key, end)
      else if (end.end === 'failed') yield* this.#failed(stage, end.failure)
      else {
        if (end.end === 'stopped' && end.at !== undefined)
          this.#request.onEvent({ event: 'stage-stopped', path: stage.path, step: end.at.stoppedAt, steps: end.at.steps })
        for (const each of [stage, ...this.#ledger.twinsOf(stage)]) this.#finish(each, { is: 'stopped' })
      }
      this.#settle()
    })
  }

  #done(stage: Stage, key: string, { how, result }: Extract<ComputationEnd, { end: 'done' }>): void {
    const { path, kind } = stage
    const { artifact = null, metrics, seconds } = result
    if (this.#asked.lacksSnapshots(stage, result)) {
      // The run that started it did not request all snapshots that this one needs.
      this.#enqueue(this.#ledger.again(stage))
      return
    }
    if (how === 'found') this.#request.onEvent({ event: 'hit', path, kind, key, artifact })
    else this.#request.onEvent({ event: 'stage-done', path, kind, key, artifact, metrics, seconds })
    this.#finish(stage, { is: how === 'found' ? 'hit' : how, result })
  }

  #failed(stage: Stage, failure: StageFailure): Effect.Effect<void, StoreProblem> {
    return Effect.gen({ self: this }, function* () {
      const repaired = failure.kind === 'store' ? this.#ledger.repair(stage, yield* this.#asked.damagedProducers(stage)) : undefined
      if (repaired !== undefined) {
        this.#enqueue(repaired)
        return
      }
      for (const each of [stage, ...this.#ledger.twinsOf(stage)]) {
        this.#request.onEvent({ event: 'stage-failed', path: each.path, kind: each.kind, problem: withPlace(failure, each.at) })
        this.#finish(each, { is: 'failed', failure })
      }
      if (this.#stopping) this.#release()
    })
  }

  #finish(stage: Stage, end: End): void {
    const { ready, skipped } = this.#ledger.finish(stage, end)
    for (const { path } of skipped) this.#request.onEvent({ event: 'stage-skipped', path, because: `${stage.path} failed` })
    this.#enqueue(ready)
  }

  #release(atOnce?: boolean): void {
    for (const attachment of this.#ledger.attachments()) attachment.release(atOnce)
  }

  /** Ends the run when no stage runs and none is left, or the run is stopping. */
  #settle(): void {
    if (this.#ledger.count('running') > 0) return
    if (this.#ledger.finished || this.#stopping) Deferred.doneUnsafe(this.#over, Effect.void)
  }
}
