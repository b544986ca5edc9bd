/**
 * What is being computed in this process, by stage key: the one place that owns workers and what they are doing. It outlives a run.
 *
 * A run does not start a stage, it *attaches* to the computation with the stage's key, which is started when there is none. Whoever is
 * attached hears the same events (one that comes late is told at once how far it is) and gets the same end. A computation that
 * the last one has let go of is stopped at a checkpoint, so that asking for it again continues it.
 *
 * To live through edits, make one `Computations` for the session and give it to every run:
 *
 * ```ts
 * const computations = yield* makeComputations({ store, slots: 2 })      // scoped: workers end with the scope
 * const first = new Interruption()
 * yield* Effect.forkScoped(runGraph({ graph, computations, interruption: first, … }))
 * // The file was saved:
 * const second = new Interruption()
 * yield* Effect.forkScoped(runGraph({ graph: newer, computations, interruption: second, replaces: first, … }))
 * ```
 *
 * The newer run looks all of its graph up, as far as keys are known, and attaches to what it still contains; only then is the older one
 * interrupted. So what both contain goes on untouched: the newer run tells `stage-start` and the last `progress` for it at once. What
 * fell out stops at a checkpoint, and the older run ends with `interrupted: true`. Should the newer run itself end early, the older one
 * is interrupted all the same. `paused` keeps new stages from beginning. To end a session: request the newest run's interruption, wait
 * for its end, close the scope.
 *
 * Other processes on the same store count too: a stage that one of them computes (`store/leases.ts`) is followed there, without a slot, and
 * taken over from its last checkpoint should that process die.
 *
 * A stage keeps the threads and engine it was begun with: a newer run with other ones takes the result as it takes a cached one. What a
 * newer run asks of the machine is heeded for stages that have not begun.
 */
import * as Effect from 'effect/Effect'
import * as Scope from 'effect/Scope'
import type { Resources } from '../engine/devices.ts'
import { memoryOfMachine } from '../plan/memory.ts'
import type { StoreProblem } from '../problem.ts'
import type { LeaseOptions } from '../store/leases.ts'
import { Leases } from '../store/sqlite/leases.ts'
import type { Store } from '../store/store.ts'
import { Computation, type ComputationEnd, type ComputationEvent, type ComputationRequest } from './computation.ts'
import { type StageRunner, workerRunner } from './local/stage-runner.ts'
import { Slots } from './slots.ts'

/** How many stages with workers run at once, 1 or more. A run sets its own with `resize`. */
type Sizes = Pick<Resources, 'slots' | 'shares'>

export interface ComputationsOptions extends Sizes {
  readonly store: Store
  /** Who runs a slot's jobs. Default: a worker process, started at the first job and kept warm. */
  readonly runner?: Effect.Effect<StageRunner, never, Scope.Scope>
  /** The same for slots on the processor beside GPUs. Default: a worker process that sees none of them. */
  readonly processorRunner?: Effect.Effect<StageRunner, never, Scope.Scope>
  /** Bytes that stages with workers may want together. Default 90 % of the machine's, or the container's. */
  readonly memory?: number
  /** Heartbeats towards other processes. */
  readonly leases?: LeaseOptions
}

export interface Attachment {
  /** How it ended; `left` after a release, when it goes on for others. Fails only when the store does. */
  readonly end: Effect.Effect<ComputationEnd, StoreProblem>
  /** Lets go. The last one to do so stops the computation: at a checkpoint, or `atOnce`. */
  release(atOnce?: boolean): void
}

export interface Computations {
  /** @param onEvent called from now on, and at once with what is known of a computation that runs already */
  attach(request: ComputationRequest, onEvent: (event: ComputationEvent) => void): Attachment
  /** Whether a computation with this key would be attached to, not started. */
  has(key: string): boolean
  /** Keys of what is being computed or waits for a slot. */
  keys(): string[]
  resize(sizes: Sizes): void
  /** While true no stage begins; those that run go on. Default false. */
  paused: boolean
}

/** Ends with its scope: whatever still runs then is ended without a checkpoint. */
export function makeComputations({
  store,
  runner = workerRunner({}),
  processorRunner = workerRunner({ env: { CUDA_VISIBLE_DEVICES: '' } }),
  leases,
  memory = 0.9 * memoryOfMachine(),
  ...sizes
}: ComputationsOptions): Effect.Effect<Computations, never, Scope.Scope> {
  return Effect.map(Effect.scope, (scope): Computations => {
    const [usual, processor] = [runner, processorRunner].map((make) => Effect.provideService(make, Scope.Scope, scope)) as [Make, Make]
    const slots = new Slots(sizes, { usual, processor }, memory)
    return new Registry({ store, slots, leases: new Leases(store.index, leases) }, scope)
  })
}

type Make = Effect.Effect<StageRunner>

interface Owned {
  readonly store: Store
  readonly slots: Slots
  readonly leases: Leases
}

class Registry implements Computations {
  readonly #owned: Owned
  readonly #scope: Scope.Scope
  /** The newest of each key, with how many are attached. */
  readonly #current = new Map<string, { readonly computation: Computation; attached: number }>()
  #paused = false

  constructor(owned: Owned, scope: Scope.Scope) {
    this.#owned = owned
    this.#scope = scope
  }

  get paused(): boolean {
    return this.#paused
  }

  set paused(paused: boolean) {
    this.#paused = paused
    this.#owned.slots.paused = paused
  }

  resize(sizes: Sizes): void {
    this.#owned.slots.resize(sizes)
  }

  has(key: string): boolean {
    return this.#current.get(key)?.computation.stopping === false
  }

  keys(): string[] {
    return [...this.#current.keys()]
  }

  attach(request: ComputationRequest, onEvent: (event: ComputationEvent) => void): Attachment {
    const { key } = request.found
    const known = this.#current.get(key)
    const entry = known === undefined || known.computation.stopping ? this.#start(request, known?.computation) : known
    const { computation } = entry
    entry.attached++
    computation.ask(request)
    computation.listen(onEvent)
    let [attached, left] = [true, () => {}]
    // `left` comes first when it is released while others hold on.
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
    const entry = { computation: new Computation(request, this.#owned), attached: 0 }
    this.#current.set(key, entry)
    const forget = Effect.sync(() => {
      if (this.#current.get(key) === entry) this.#current.delete(key)
    })
    // Forked in the owner's scope, not in the run's: it outlives the run.
    Effect.runSync(Effect.forkIn(Effect.ensuring(entry.computation.compute(before), forget), this.#scope))
    return entry
  }
}
