/** One stage being computed for everyone attached to it: waits for a slot, runs it, retries, and broadcasts its events. */

import { randomUUID } from 'node:crypto'
import * as Deferred from 'effect/Deferred'
import * as Effect from 'effect/Effect'
import { canonical } from '../../dsl/check/canonical.ts'
import type { Stage } from '../../dsl/graph/stage.ts'
import { trains } from '../../dsl/graph/stage-options.ts'
import type { Place } from '../engine/devices.ts'
import type { Lookup, LookupRequest } from '../plan/lookup.ts'
import type { StageFailure, StoreProblem } from '../problem.ts'
import type { Leases } from '../store/leases.ts'
import type { Store } from '../store/store.ts'
import { failures } from '../worker/problems.ts'
import type { Stopped } from '../worker/stage-context.ts'
import { type AskAgain, askAgain, attempt, type Finished, type ToDo } from './attempt.ts'
import type { ComputationEnd, ComputationEvent } from './computation-event.ts'
import type { Demand, Executor, JobEvent } from './executor.ts'
import { follow } from './follow.ts'
import type { Job } from './protocol.ts'
import type { Rank } from './rank.ts'
import { backoff, isTransient, withNeed } from './retry.ts'
import type { Slots } from './slots.ts'

export interface ComputationRequest {
  readonly stage: Pick<Stage, 'kind' | 'path' | 'resources'>
  readonly found: ToDo
  readonly asked: LookupRequest
  /** Repeats the lookup, before another attempt. */
  readonly lookAgain: Effect.Effect<Lookup, StoreProblem>
  readonly jobFor: (found: ToDo, attempt: Pick<Job, 'id' | 'attempt'>) => Job
  readonly rank: Rank
  /** Undefined for stages that take no slot. */
  readonly place: Place | undefined
  /** Expected memory, in bytes. */
  readonly memory: Effect.Effect<number, StoreProblem>
  /** Retries after transient failures. */
  readonly retries: number
}

export interface Services {
  readonly store: Store
  readonly leases: Leases
  readonly executor: Executor
  readonly slots: Slots
}

type Listener = (event: ComputationEvent) => void

export class Computation {
  readonly #id = randomUUID()
  #request: ComputationRequest
  readonly #services: Services
  readonly #listeners = new Set<Listener>()
  readonly #dropped = Deferred.makeUnsafe<void>()
  readonly #ended = Deferred.makeUnsafe<ComputationEnd, StoreProblem>()
  /** Attempts given to the executor. */
  #attempts = 0
  /** The executor has its job. */
  #running = false
  /** Set once nobody is attached any more. */
  #stopping: false | 'at a checkpoint' | 'at once' = false
  /** Resolved when its resource request changes. */
  #asked = Deferred.makeUnsafe<void>()
  /** Set after it ran out of memory: from then on it runs alone. */
  #alone = false
  #worker: number | undefined
  /** Who computes it, on another machine. */
  #by: { readonly by?: string } = {}
  #last: { started?: ComputationEvent; progress?: ComputationEvent } = {}

  constructor(request: ComputationRequest, services: Services) {
    this.#request = request
    this.#services = services
  }

  /** Whether it has been requested to stop: nobody can attach any more. */
  get stopping(): boolean {
    return this.#stopping !== false
  }

  get ended(): Effect.Effect<ComputationEnd, StoreProblem> {
    return Deferred.await(this.#ended)
  }

  /** @param after a computation with the same key that is still stopping */
  compute(after: Computation | undefined): Effect.Effect<void> {
    const { found, lookAgain } = this.#request
    const first = after === undefined ? Effect.succeed<Lookup>(found) : Effect.andThen(Effect.ignoreCause(after.ended), lookAgain)
    const dropped = Effect.as(Deferred.await(this.#dropped), { end: 'stopped', at: undefined } as ComputationEnd)
    return Effect.raceFirst(this.#retried(first), dropped).pipe(
      Effect.onExit((exit) => Deferred.done(this.#ended, exit)),
      Effect.ignoreCause,
    )
  }

  /** Applies another run's place and resources, unless the stage is already running. */
  ask(request: ComputationRequest): void {
    const { place, stage } = this.#request
    const same = place === request.place && canonical({ ...stage.resources }) === canonical({ ...request.stage.resources })
    if (same || this.#running) return
    const before = this.#asked
    this.#request = request
    this.#asked = Deferred.makeUnsafe()
    Deferred.doneUnsafe(before, Effect.void)
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener)
    for (const event of [this.#last.started, this.#last.progress]) if (event !== undefined) listener(event)
  }

  unlisten(listener: Listener): void {
    this.#listeners.delete(listener)
  }

  /** Cancels a waiting computation. A running one writes a checkpoint first, unless `atOnce`. */
  stop(atOnce: boolean): void {
    this.#stopping = atOnce ? 'at once' : 'at a checkpoint'
    if (this.#running) this.#stopJob()
    else Deferred.doneUnsafe(this.#dropped, Effect.void)
  }

  #stopJob(): void {
    if (this.#stopping === 'at once') this.#services.executor.kill(this.#id)
    else if (this.#stopping === 'at a checkpoint') this.#services.executor.stop(this.#id)
  }

  #retried(first: Effect.Effect<Lookup, StoreProblem>): Effect.Effect<ComputationEnd, StoreProblem> {
    let next = first
    let [tries, again] = [0, false]
    const once = Effect.suspend(() => {
      const look = next
      next = this.#request.lookAgain
      return Effect.flatMap(look, (found) => this.#done(found))
    })
    return once.pipe(
      Effect.tapError((failure) =>
        Effect.sync(() => {
          tries++
          again = !this.#stopping && tries <= this.#request.retries && isTransient(failure)
          if (again && isTransient(failure)) this.#failed(failure, tries)
        }),
      ),
      Effect.retry({ schedule: backoff, while: () => again }),
      Effect.catchTag('StageFailure', (failure) =>
        Effect.succeed<ComputationEnd>(this.#stopping ? { end: 'stopped', at: undefined } : { end: 'failed', failure }),
      ),
    )
  }

  /** Repeats lookup and attempt until the result is in the store, from here or another process, or the stage has failed. */
  #done(first: Lookup): Effect.Effect<ComputationEnd, StageFailure | StoreProblem> {
    return Effect.gen({ self: this }, function* () {
      for (let found = first; ; found = yield* this.#request.lookAgain) {
        if (found.status === 'hit') return { end: 'done', how: 'found', result: found.result } as const
        if (this.#stopping) return { end: 'stopped', at: undefined } as const
        // An executor that publishes handles stages of other processes itself.
        const shared = this.#services.executor.publishes?.(this.#request.stage) === true
        if (!shared && (yield* follow(this.#services.leases, found.key, (event) => this.#tell(event)))) {
          this.#last = {}
          continue
        }
        const ended = yield* this.#attempt(found)
        if ('stoppedAt' in ended) return { end: 'stopped', at: ended } as const
        if ('result' in ended) return { end: 'done', how: ended.resumed ? 'resumed' : 'run', result: ended.result } as const
      }
    })
  }

  #attempt(found: ToDo): Effect.Effect<Finished | Stopped | AskAgain, StageFailure | StoreProblem> {
    return Effect.gen({ self: this }, function* () {
      const { place, memory, rank, stage } = this.#request
      if (place === undefined) return yield* this.#run(found, undefined)
      const need = yield* memory
      const demand = { place, bytes: this.#alone ? Number.POSITIVE_INFINITY : need }
      const askedAnew = Effect.as(Deferred.await(this.#asked), askAgain)
      const inSlot = this.#services.slots.use(demand, rank, this.#run(found, demand))
      return yield* Effect.raceFirst(Effect.mapError(inSlot, withNeed(need, stage.resources?.memory !== undefined)), askedAnew)
    })
  }

  #run(found: ToDo, demand: Demand | undefined): Effect.Effect<Finished | Stopped | AskAgain, StageFailure | StoreProblem> {
    return Effect.suspend(() => {
      if (this.#stopping) return Effect.never // stopped while its slot was granted
      const { stage, jobFor, asked: lookup, rank } = this.#request
      this.#running = true
      const job = jobFor(found, { id: this.#id, attempt: ++this.#attempts })
      return attempt({
        ...this.#services,
        stage,
        asked: { lookup, rank },
        found,
        job,
        demand,
        onEvent: (event) => this.#heard(event),
      }).pipe(
        Effect.flatMap((ended) =>
          // Something else terminated the worker, which wrote a checkpoint first.
          'stoppedAt' in ended && !this.#stopping ? Effect.fail(failures.lost('it was told to terminate', '')) : Effect.succeed(ended),
        ),
        Effect.ensuring(
          Effect.sync(() => {
            this.#running = false
          }),
        ),
      )
    })
  }

  #heard(event: JobEvent): void {
    const { kind } = this.#request.stage
    if (event.type === 'assigned') {
      this.#worker = event.worker
      // The request to stop may have come while the executor was preparing.
      this.#stopJob()
      // Trainings report their own start.
      if (event.by !== undefined) this.#by = { by: event.by }
      if (!trains(kind)) this.#tell({ event: 'started', steps: 0, resumedAt: undefined, worker: this.#worker, ...this.#by })
    } else if (event.type === 'started')
      this.#tell({ event: 'started', steps: event.steps, resumedAt: event.resumedAt ?? undefined, worker: this.#worker, ...this.#by })
    else if (event.type === 'progress') this.#tell({ event: 'progress', progress: event })
  }

  #failed({ kind, title, facts, hint }: StageFailure, attempt: number): void {
    this.#alone ||= kind === 'out-of-memory'
    this.#tell({ event: 'retry', attempt, problem: { title, facts, hint } })
    this.#last = {}
  }

  #tell(event: ComputationEvent): void {
    if (event.event === 'started') this.#last = { started: event }
    else if (event.event === 'progress') this.#last.progress = event
    for (const listener of this.#listeners) listener(event)
  }
}
