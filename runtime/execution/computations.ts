/**
 * The computations of this process, by stage key. It is the only owner of workers and their jobs.
 *
 * A run does not start a stage, it *attaches* to the computation with the stage's key, which is started if there is none. Everyone attached
 * gets the same events (a late one gets the current progress at once) and the same outcome. A computation that the last one has released
 * stops at a checkpoint, so that a later request continues from there.
 *
 * To keep computing across edits, make one `Computations` per session and give it to every run; the run of the newer file `replaces` the
 * older one. The newer run looks up every stage whose key is known and attaches to those that it still contains; only then, or when it ends
 * early, is the older one interrupted. Stages in both continue undisturbed; those no longer wanted stop at a checkpoint.
 *
 * A stage that another process on the same store computes (`store/leases.ts`) is followed without a slot, and taken over from its last
 * checkpoint if that process dies.
 *
 * A stage keeps the threads and engine that it was started with; a newer run with other settings accepts its result like a cached one. The
 * resource requests of a newer run apply to stages that have not started.
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
  /** Its outcome; `left` after a release while it continues for others. Fails only when the store does. */
  readonly end: Effect.Effect<ComputationEnd, StoreProblem>
  /** Detaches. When the last one detaches, the computation stops: at a checkpoint, or `atOnce`. */
  release(atOnce?: boolean): void
}

/** On scope exit, running stages end without a checkpoint. */
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
  /** The newest computation of each key, and how many are attached to it. */
  readonly #current = new Map<string, { readonly computation: Computation; attached: number }>()
  #paused = false

  /** @param fork runs an effect in the owner's scope, so that it outlives a run */
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

  /** Whether there is a computation with this key to attach to. */
  has(key: string): boolean {
    return this.#current.get(key)?.computation.stopping === false
  }

  /** Keys of stages that run or wait for a slot. */
  keys(): string[] {
    return [...this.#current.keys()]
  }

  /** @param onEvent gets all events from now on, and at once the current state of a running computation */
  attach(request: ComputationRequest, onEvent: (event: ComputationEvent) => void): Attachment {
    const { key } = request.found
    const known = this.#current.get(key)
    const entry = known === undefined || known.computation.stopping ? this.#start(request, known?.computation) : known
    const { computation } = entry
    entry.attached++
    computation.ask(request)
    computation.listen(onEvent)
    let [attached, left] = [true, () => {}]
    // Released before `end` is awaited: it ends as `left` if others are still attached.
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
