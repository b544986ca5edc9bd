/**
 * What is being computed in this process, by stage key: the one place that owns workers and what they are doing.
 *
 * A run does not start a stage, it *attaches* to the computation with the stage's key, which is started when there is none. All that are
 * attached get the same events (a late one gets the current progress at once) and the same end. A computation that
 * the last one has let go of is stopped at a checkpoint, so that asking for it again continues it.
 *
 * To keep computing across edits, make one `Computations` for the session and give it to every run; the run for the newer file `replaces` the older
 * one. The newer run looks its graph up as far as keys are known and attaches to what it still contains; only then, or when it ends
 * early, is the older one interrupted. What both contain goes on untouched, and what is no longer wanted stops at a checkpoint.
 *
 * Other processes on the same store count too: a stage that one of them computes (`store/leases.ts`) is followed there, without a slot, and
 * taken over from its last checkpoint if that process dies.
 *
 * A stage keeps the threads and engine it was begun with: a newer run with other ones takes the result as it takes a cached one. What a
 * newer run asks of the machine applies to stages that have not begun.
 */
import * as Effect from 'effect/Effect'
import type * as Scope from 'effect/Scope'
import type { Resources } from '../engine/devices.ts'
import type { StoreProblem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import { Computation, type ComputationRequest, type Services } from './computation.ts'
import type { ComputationEnd, ComputationEvent } from './computation-event.ts'
import type { Executor } from './executor.ts'
import { Slots } from './slots.ts'

/** How many stages run at once, 1 or more. A run sets its own with `resize`. */
type Sizes = Pick<Resources, 'slots' | 'shares'>

export interface ComputationsOptions extends Sizes {
  readonly store: Store
  readonly executor: Executor
}

export interface Attachment {
  /** How it ended; `left` after a release, when it goes on for others. Fails only when the store does. */
  readonly end: Effect.Effect<ComputationEnd, StoreProblem>
  /** Lets go. The last one to do so stops the computation: at a checkpoint, or `atOnce`. */
  release(atOnce?: boolean): void
}

/** Ends with its scope: whatever still runs then is ended without a checkpoint. */
export function makeComputations({ store, executor, ...sizes }: ComputationsOptions): Effect.Effect<Computations, never, Scope.Scope> {
  return Effect.gen(function* () {
    const scope = yield* Effect.scope
    const slots = new Slots(executor.capacity(sizes))
    const runSync = Effect.runSyncWith(yield* Effect.context<never>())
    return new Computations({ store, executor, slots, leases: store.leases }, (work) => {
      runSync(Effect.forkIn(work, scope))
    })
  })
}

export class Computations {
  readonly #services: Services
  readonly #fork: (work: Effect.Effect<void>) => void
  /** The newest of each key, with how many are attached. */
  readonly #current = new Map<string, { readonly computation: Computation; attached: number }>()
  #paused = false

  /** @param fork starts what lives as long as the owner, and so outlives a run */
  constructor(services: Services, fork: (work: Effect.Effect<void>) => void) {
    this.#services = services
    this.#fork = fork
  }

  /** While true, no stage begins; running ones continue. Default false. */
  get paused(): boolean {
    return this.#paused
  }

  set paused(paused: boolean) {
    this.#paused = paused
    this.#services.slots.paused = paused
  }

  resize(sizes: Sizes): void {
    this.#services.slots.resize(this.#services.executor.capacity(sizes))
  }

  /** Whether a computation with this key would be attached to, not started. */
  has(key: string): boolean {
    return this.#current.get(key)?.computation.stopping === false
  }

  /** Keys of what is being computed or waits for a slot. */
  keys(): string[] {
    return [...this.#current.keys()]
  }

  /** @param onEvent called from now on, and at once with what is known of a computation that runs already */
  attach(request: ComputationRequest, onEvent: (event: ComputationEvent) => void): Attachment {
    const { key } = request.found
    const known = this.#current.get(key)
    const entry = known === undefined || known.computation.stopping ? this.#start(request, known?.computation) : known
    const { computation } = entry
    entry.attached++
    computation.ask(request)
    computation.listen(onEvent)
    let [attached, left] = [true, () => {}]
    // `left` comes first when it is released while others are still attached.
    const whenLeft = Effect.callback<ComputationEnd>((resume) => {
      left = () => resume(Effect.succeed({ end: 'left' }))
      if (!attached && entry.attached > 0) left()
    })
    return {
      end: Effect.raceFirst(computation.ended, whenLeft),
      release: (atOnce = false) => {
        if (attached) {
          attached = false
          entry.attached--
          computation.unlisten(onEvent)
        }
        if (entry.attached === 0) computation.stop(atOnce)
        else left()
      },
    }
  }

  #start(request: ComputationRequest, before: Computation | undefined) {
    const { key } = request.found
    const entry = { computation: new Computation(request, this.#services), attached: 0 }
    this.#current.set(key, entry)
    const forget = Effect.sync(() => {
      if (this.#current.get(key) === entry) this.#current.delete(key)
    })
    this.#fork(Effect.ensuring(entry.computation.compute(before), forget))
    return entry
  }
}
