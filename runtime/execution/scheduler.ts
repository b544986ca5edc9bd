/**
 * Runs a graph: one fiber looks stages up as their inputs become known; those that are not in the store are attached to where they are
 * computed. A look-up never waits for a slot, equal keys are computed once, and a result is in the store before any stage after it starts.
 */
import * as Deferred from 'effect/Deferred'
import * as Effect from 'effect/Effect'
import * as Queue from 'effect/Queue'
import type * as Scope from 'effect/Scope'
import type { Stage } from '../../dsl/graph/stage.ts'
import { withPlace } from '../format/code-frame.ts'
import { shorterTrainings } from '../plan/prefix.ts'
import { planProblems } from '../plan/problems.ts'
import type { StoreProblem } from '../problem.ts'
import type { RunEvent } from '../run-event.ts'
import { RunJournal } from '../store/run-journal.ts'
import { removeStaleCheckpoints } from '../store/stale-checkpoints.ts'
import { fromStore, type ToDo } from './attempt.ts'
import type { ComputationEnd, ComputationEvent } from './computation-event.ts'
import { type Attachment, type Computations, makeComputations } from './computations.ts'
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

/** A run with computations of its own, which end with it. */
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

class Run {
  readonly #request: RunRequest
  readonly #ledger: Ledger
  readonly #asked: StageRequests
  /** Attached keys, with the stages that wait for another one with theirs. */
  readonly #running = new Map<string, { readonly attachment: Attachment; readonly twins: Stage[] }>()
  /** Trainings that can continue a shorter one, with it; and those that wait for one to end. */
  readonly #shorter: ReadonlyMap<string, Stage>
  readonly #waiting = new Map<string, Stage[]>()
  /** Stages whose producers were run again for them: once each. */
  readonly #repaired = new Set<string>()
  readonly #began = performance.now()
  readonly #journal: RunJournal
  readonly #lookups = Effect.runSync(Queue.unbounded<Stage>())
  readonly #over = Deferred.makeUnsafe<void, StoreProblem>()
  /** Stages to be looked up. */
  #toLook = 0
  /** A stage has failed, and the run is to stop for that. */
  #failed = false

  constructor(request: RunRequest) {
    const { store, file, target = 'default', onEvent } = request
    const journal = new RunJournal({ store, file, target, onWarning: onEvent })
    this.#journal = journal
    const tell = (event: RunEvent) => {
      journal.note(event)
      onEvent(event)
    }
    this.#request = { ...request, onEvent: tell }
    this.#ledger = new Ledger(request.graph)
    this.#asked = new StageRequests(request, this.#ledger)
    this.#shorter = shorterTrainings(request.graph)
  }

  go(): Effect.Effect<RunEnd, StoreProblem, Scope.Scope> {
    const self = this
    return Effect.gen(function* () {
      const { graph, resources, file, store, computations, interruption, replaces, onEvent } = self.#request
      yield* Effect.addFinalizer(() => Effect.sync(() => self.#journal.close()))
      onEvent({ event: 'start', file, stages: graph.stages.length, slots: resources.slots, threads: resources.threads })
      computations.resize(resources)
      const forget = interruption.listen((requests) => {
        for (const { attachment } of self.#running.values()) attachment.release(requests > 1)
        self.#settle()
      })
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          forget()
          for (const { attachment } of self.#running.values()) attachment.release()
          if (replaces?.requested === false) replaces.request()
        }),
      )
      yield* fromStore(() =>
        removeStaleCheckpoints(
          store,
          [...(self.#request.hits?.values() ?? [])].map(({ result }) => result),
        ),
      )
      yield* self.#fork(Effect.forever(Effect.flatMap(Queue.take(self.#lookups), (stage) => self.#look(stage, computations))))
      self.#enqueue(self.#ledger.first())
      self.#settle()
      yield* Deferred.await(self.#over)

      const end = doneEvent({
        graph,
        ledger: self.#ledger,
        interrupted: interruption.requested,
        seconds: (performance.now() - self.#began) / 1000,
      })
      onEvent(end)
      return end
    })
  }

  get #stopping(): boolean {
    return this.#failed || this.#request.interruption.requested
  }

  /** A part of the run: when it fails, the run does. */
  #fork(part: Effect.Effect<void, StoreProblem, Scope.Scope>): Effect.Effect<void, never, Scope.Scope> {
    return Effect.asVoid(Effect.forkScoped(Effect.tapCause(part, (cause) => Deferred.failCause(this.#over, cause))))
  }

  #enqueue(stages: readonly Stage[]): void {
    if (this.#stopping) return
    this.#toLook += stages.length
    for (const stage of stages) Queue.offerUnsafe(this.#lookups, stage)
  }

  #look(stage: Stage, computations: Computations): Effect.Effect<void, StoreProblem, Scope.Scope> {
    const self = this
    return Effect.gen(function* () {
      const { onEvent, replaces } = self.#request
      if (!self.#stopping) {
        const found = yield* self.#asked.lookup(stage)
        if (found.status === 'hit') {
          const { key, result } = found
          onEvent({ event: 'hit', path: stage.path, kind: stage.kind, key, artifact: result.artifact ?? null })
          self.#finish(stage, { end: 'hit', result })
        } else if (!self.#stopping) yield* self.#attach(stage, found, computations)
      }
      self.#toLook--
      // All that can be known of the graph now is known, and attached to.
      if (self.#toLook === 0 && replaces?.requested === false) replaces.request()
      self.#settle()
    })
  }

  #attach(stage: Stage, found: ToDo, computations: Computations): Effect.Effect<void, never, Scope.Scope> {
    const { key } = found
    const { onEvent } = this.#request
    const twin = this.#running.get(key)
    if (twin !== undefined) {
      twin.twins.push(stage)
      return Effect.void
    }
    if (!computations.has(key) && this.#waits(stage, found)) return Effect.void
    if (found.ignored.length > 0) onEvent({ event: 'warning', problem: planProblems.checkpointIgnored(stage, found) })
    const attachment = computations.attach(this.#asked.computation(stage, found), (event: ComputationEvent) =>
      onEvent(stageEvent(stage, key, event)),
    )
    this.#running.set(key, { attachment, twins: [] })
    return this.#fork(Effect.flatMap(attachment.end, (end) => this.#ended(stage, key, end)))
  }

  /** A training goes on from the end of a shorter one of this run, which it waits for, unless it is further already. */
  #waits(stage: Stage, found: ToDo): boolean {
    const shorter = this.#shorter.get(stage.id)
    if (shorter === undefined || this.#ledger.endOf(shorter.id) !== undefined) return false
    if (found.status === 'resume' && found.step >= this.#asked.stepsOf(shorter)) return false
    this.#waiting.set(shorter.id, [...(this.#waiting.get(shorter.id) ?? []), stage])
    return true
  }

  #ended(stage: Stage, key: string, end: ComputationEnd): Effect.Effect<void, StoreProblem> {
    const self = this
    return Effect.gen(function* () {
      const { onEvent } = self.#request
      const { path, kind } = stage
      const { twins } = self.#running.get(key)!
      if (end.end === 'failed') {
        const { failure } = end
        const producers = failure.kind === 'store' ? yield* self.#asked.damagedProducers(stage) : []
        self.#running.delete(key)
        if (producers.length > 0 && !self.#repaired.has(stage.id)) {
          self.#repaired.add(stage.id)
          self.#ledger.redo(stage, producers)
          self.#enqueue(producers)
        } else {
          for (const failed of [stage, ...twins]) {
            onEvent({ event: 'stage-failed', path: failed.path, kind: failed.kind, problem: withPlace(failure, failed.at) })
            self.#finish(failed, { end: 'failed', failure })
          }
          if (self.#request.failFast === true) {
            self.#failed = true
            for (const { attachment } of self.#running.values()) attachment.release()
          }
        }
        self.#settle()
        return
      }
      self.#running.delete(key)
      if (end.end === 'done') {
        const { how, result } = end
        // Whoever started it may not have asked for all the snapshots that are needed here.
        if (self.#asked.lacksSnapshots(stage, result)) self.#enqueue([stage])
        else {
          const { artifact = null, metrics, seconds } = result
          if (how === 'found') onEvent({ event: 'hit', path, kind, key, artifact })
          else onEvent({ event: 'stage-done', path, kind, key, artifact, metrics, seconds })
          self.#finish(stage, { end: how === 'found' ? 'hit' : how, result })
        }
        // They find the result now.
        self.#enqueue(twins)
      } else {
        if (end.end === 'stopped' && end.at !== undefined)
          onEvent({ event: 'stage-stopped', path, step: end.at.stoppedAt, steps: end.at.steps })
        for (const each of [stage, ...twins]) self.#finish(each, { end: 'stopped' })
      }
      self.#settle()
    })
  }

  #finish(stage: Stage, end: End): void {
    const { ready, skipped } = this.#ledger.finish(stage, end)
    for (const { path } of skipped) this.#request.onEvent({ event: 'stage-skipped', path, because: `${stage.path} failed` })
    this.#enqueue([...ready, ...(this.#waiting.get(stage.id) ?? [])])
    this.#waiting.delete(stage.id)
  }

  /** Ends the run when nothing is left to do, or nothing more is to be done. */
  #settle(): void {
    if (this.#running.size > 0) return
    if (this.#ledger.finished || this.#stopping) Deferred.doneUnsafe(this.#over, Effect.void)
  }
}
