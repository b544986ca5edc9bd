/** One stage being computed, for everyone attached to it: waits for a slot, tries and tries again, and tells all of them the same. */

import * as Deferred from 'effect/Deferred'
import * as Effect from 'effect/Effect'
import * as Result from 'effect/Result'
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Stage } from '../../dsl/graph/stage.ts'
import type { Place } from '../engine/devices.ts'
import { canonical } from '../format/canonical.ts'
import { needsWorker } from '../kinds/run-stage.ts'
import type { Lookup } from '../plan/lookup.ts'
import { memoryOfMachine } from '../plan/memory.ts'
import type { StageFailure, StoreProblem } from '../problem.ts'
import type { Held } from '../store/leases.ts'
import type { StageResult } from '../store/results.ts'
import type { Leases } from '../store/sqlite/leases.ts'
import type { Store } from '../store/store.ts'
import { failures } from '../worker/problems.ts'
import type { Stopped } from '../worker/stage-context.ts'
import { attempt, type Elsewhere, elsewhere, type Finished, fromStore, type ToDo } from './attempt.ts'
import type { StageRunner } from './local/stage-runner.ts'
import type { WorkerReport } from './local/worker-process.ts'
import type { Job } from './protocol.ts'
import type { Rank } from './rank.ts'
import type { Slots } from './slots.ts'

export interface ComputationRequest {
  readonly stage: Pick<Stage, 'kind' | 'path' | 'resources'>
  readonly found: ToDo
  /** Asks the store again: before another attempt. */
  readonly lookAgain: Effect.Effect<Lookup, StoreProblem>
  readonly jobFor: (found: ToDo) => Job
  readonly rank: Rank
  readonly place: Place
  /** Bytes that its worker is thought to want. */
  readonly memory: Effect.Effect<number, StoreProblem>
  /** Attempts after the first for failures that may pass. */
  readonly retries: number
}

type Progress = Extract<WorkerReport, { type: 'progress' }>

/** What those attached are told; one that comes later is told the last of each at once. */
export type ComputationEvent =
  /** `by` names the process that computes it, when it is another one; `worker` is the id of its worker here. */
  | {
      readonly event: 'started'
      readonly steps: number
      readonly resumedAt: number | undefined
      readonly by?: string
      readonly worker?: number | undefined
    }
  | { readonly event: 'progress'; readonly progress: Progress }
  | { readonly event: 'retry'; readonly attempt: number; readonly problem: ProblemText }

export type ComputationEnd =
  /** `found`: it was in the store when its turn came. */
  | { readonly end: 'done'; readonly how: 'run' | 'resumed' | 'found'; readonly result: StageResult }
  | { readonly end: 'failed'; readonly failure: StageFailure }
  /** Nobody wanted it any more; `at` when a checkpoint was written. */
  | { readonly end: 'stopped'; readonly at: Stopped | undefined }
  /** It goes on for others. */
  | { readonly end: 'left' }

/** Milliseconds between looks at what another process does. */
const followEvery = 250

type Listener = (event: ComputationEvent) => void

export class Computation {
  #request: ComputationRequest
  readonly #store: Store
  readonly #slots: Slots
  readonly #leases: Leases
  readonly #listeners = new Set<Listener>()
  readonly #dropped = Deferred.makeUnsafe<void>()
  readonly #ended = Deferred.makeUnsafe<ComputationEnd, StoreProblem>()
  #runner: StageRunner | undefined
  #stopping = false
  /** Done when something else is asked of the machine. */
  #asked = Deferred.makeUnsafe<void>()
  /** The system has ended its worker for want of memory: from now on nothing runs beside it. */
  #alone = false
  #last: { started?: ComputationEvent; progress?: ComputationEvent } = {}

  constructor(
    request: ComputationRequest,
    { store, slots, leases }: { readonly store: Store; readonly slots: Slots; readonly leases: Leases },
  ) {
    this.#request = request
    this.#store = store
    this.#slots = slots
    this.#leases = leases
  }

  /** Asked to stop: it takes no one on any more. */
  get stopping(): boolean {
    return this.#stopping
  }

  get ended(): Effect.Effect<ComputationEnd, StoreProblem> {
    return Deferred.await(this.#ended)
  }

  /** @param after one with the same key that is still stopping */
  compute(after: Computation | undefined): Effect.Effect<void> {
    const first = after === undefined ? Effect.succeed<Lookup>(this.#request.found) : Effect.andThen(after.over, this.#request.lookAgain)
    const dropped = Effect.as(Deferred.await(this.#dropped), { end: 'stopped', at: undefined } as ComputationEnd)
    return Effect.raceFirst(this.#attempts(first), dropped).pipe(
      Effect.onExit((exit) => Deferred.done(this.#ended, exit)),
      Effect.ignoreCause,
    )
  }

  /** Somebody attached asks something else of the machine for it: heeded as long as it has not begun. */
  ask(request: ComputationRequest): void {
    const { place, stage } = this.#request
    const same = place === request.place && canonical({ ...stage.resources }) === canonical({ ...request.stage.resources })
    if (same || this.#runner !== undefined) return
    const before = this.#asked
    this.#request = request
    this.#asked = Deferred.makeUnsafe()
    Deferred.doneUnsafe(before, Effect.void)
  }

  /** It has ended, however. */
  get over(): Effect.Effect<void> {
    return Effect.ignoreCause(this.ended)
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener)
    for (const event of [this.#last.started, this.#last.progress]) if (event !== undefined) listener(event)
  }

  unlisten(listener: Listener): void {
    this.#listeners.delete(listener)
  }

  /** Ends what waits; what runs writes a checkpoint first, unless it is to end at once. */
  stop(atOnce: boolean): void {
    this.#stopping = true
    if (this.#runner === undefined) Deferred.doneUnsafe(this.#dropped, Effect.void)
    else if (atOnce) this.#runner.kill()
    else this.#runner.stop()
  }

  #attempts(first: Effect.Effect<Lookup, StoreProblem>): Effect.Effect<ComputationEnd, StoreProblem> {
    const self = this
    return Effect.gen(function* () {
      let found = yield* first
      for (let tries = 1; ; ) {
        const { stage, memory: wanted, lookAgain, retries } = self.#request
        if (found.status === 'hit') return { end: 'done', how: 'found', result: found.result } as const
        if (yield* self.#followed(found.key)) {
          found = yield* lookAgain
          continue
        }
        const memory = needsWorker(stage.kind) ? yield* wanted : 0
        const tried = yield* Effect.result(
          Effect.mapError(self.#attempt(found, memory), withWanted(memory, stage.resources?.memory !== undefined)),
        )
        if (Result.isSuccess(tried)) {
          const { success } = tried
          if ('stoppedAt' in success) return { end: 'stopped', at: success } as const
          if ('result' in success) return { end: 'done', how: success.resumed ? 'resumed' : 'run', result: success.result } as const
          found = yield* lookAgain
          continue
        }
        const { failure } = tried
        if (failure._tag === 'StoreProblem') return yield* Effect.fail(failure)
        if (self.#stopping) return { end: 'stopped', at: undefined } as const
        if (!mayPass(failure) || tries > retries) return { end: 'failed', failure } as const
        self.#alone ||= failure.kind === 'out-of-memory'
        const { title, facts, hint } = failure
        self.#tell({ event: 'retry', attempt: tries, problem: { title, facts, hint } })
        self.#last = {}
        yield* Effect.sleep(backoff(tries))
        tries++
        found = yield* lookAgain
      }
    })
  }

  /** Waits, without a slot, while another process computes it, and tells how far that is. False when none does. */
  #followed(key: string): Effect.Effect<boolean, StoreProblem> {
    const self = this
    return Effect.gen(function* () {
      let last: Held | undefined
      for (;;) {
        const held = yield* fromStore(async () => self.#leases.look(key))
        if (held === undefined) {
          self.#last = {}
          return last !== undefined
        }
        const { by } = held
        const progress = held.progress as Progress | null // as `attempt.ts` reports it
        if (last?.by !== by || (last.progress === null && progress !== null)) {
          self.#last = { started: self.#tell({ event: 'started', steps: progress?.steps ?? 0, resumedAt: undefined, by }) }
        }
        if (progress !== null && progress.step !== (last?.progress as Progress | null)?.step) {
          self.#last.progress = self.#tell({ event: 'progress', progress })
        }
        last = held
        yield* Effect.sleep(followEvery)
      }
    })
  }

  #attempt(found: ToDo, memory: number): Effect.Effect<Finished | Stopped | Elsewhere, StageFailure | StoreProblem> {
    const { stage, jobFor, rank, place } = this.#request
    const job = jobFor(found)
    const run = (runner: StageRunner | undefined) =>
      Effect.suspend(() => {
        if (this.#stopping) return Effect.never // dropped while its turn came
        this.#runner = runner
        return attempt({
          store: this.#store,
          leases: this.#leases,
          stage,
          found,
          job,
          runner,
          onStarted: (steps, resumedAt, worker) => {
            this.#last = { started: this.#tell({ event: 'started', steps, resumedAt, worker }) }
            // The request to stop may have come while the worker was starting.
            if (this.#stopping) runner?.stop()
          },
          onProgress: (progress) => {
            this.#last.progress = this.#tell({ event: 'progress', progress })
          },
        }).pipe(
          Effect.flatMap((outcome) =>
            // Somebody else ended the worker, after it had written a checkpoint.
            'stoppedAt' in outcome && !this.#stopping
              ? Effect.fail(failures.lost('it was told to terminate', ''))
              : Effect.succeed(outcome),
          ),
          Effect.ensuring(
            Effect.sync(() => {
              this.#runner = undefined
            }),
          ),
        )
      })
    const bytes = this.#alone ? Number.POSITIVE_INFINITY : memory
    if (!needsWorker(stage.kind)) return run(undefined)
    const askedAnew = Effect.as(Deferred.await(this.#asked), elsewhere)
    return Effect.raceFirst(this.#slots.use({ rank, place, bytes }, run), askedAnew)
  }

  #tell(event: ComputationEvent): ComputationEvent {
    for (const listener of this.#listeners) listener(event)
    return event
  }
}

/** Told with an end for want of memory. */
const withWanted = (wanted: number, asked: boolean) => (failure: StageFailure | StoreProblem) =>
  failure._tag === 'StageFailure' && failure.kind === 'out-of-memory'
    ? failures.withMemory(failure, wanted, asked, memoryOfMachine())
    : failure

/** A damaged input will not mend by itself: whoever asked has its producer run again. */
function mayPass({ transient, kind }: StageFailure): boolean {
  return transient && kind !== 'store'
}

/** Milliseconds: half a second, doubled each time, up to a minute, and not the same for all. */
function backoff(tries: number): number {
  return Math.min(60_000, 500 * 2 ** (tries - 1)) * (0.8 + 0.4 * Math.random())
}
