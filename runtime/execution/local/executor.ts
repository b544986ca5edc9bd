/** Runs stages on this machine: a slot is a worker process that stays warm between stages; surgery runs in this process. */
import * as Effect from 'effect/Effect'
import type * as Scope from 'effect/Scope'
import type { Place, Resources } from '../../engine/devices.ts'
import { environmentOf, type Gpu } from '../../engine/gpu.ts'
import { memoryOfMachine } from '../../plan/memory.ts'
import type { StageFailure } from '../../problem.ts'
import type { StoreFiles } from '../../store/store.ts'
import type { Outcome, Stopped } from '../../worker/stage-context.ts'
import type { Capacity, Demand, Executor, JobEvent } from '../executor.ts'
import { runHere } from '../here.ts'
import type { Job } from '../protocol.ts'
import { Seat } from './seat.ts'

export interface LocalOptions {
  readonly store: StoreFiles
  /** The first worker to start gets the first one, and so on. Default: none, and workers see the devices of this process. */
  readonly gpus?: readonly Gpu[]
}

/** On scope exit, its processes end, and running stages with them, without a checkpoint. */
export function localExecutor(options: LocalOptions): Effect.Effect<LocalExecutor, never, Scope.Scope> {
  return Effect.map(Effect.scope, (scope) => new LocalExecutor(options, scope))
}

class LocalExecutor implements Executor {
  readonly #files: StoreFiles
  readonly #gpus: readonly Gpu[]
  readonly #scope: Scope.Scope
  readonly #idle: Readonly<Record<Place, Seat[]>> = { usual: [], processor: [] }
  readonly #running = new Map<Job['id'], Seat>()
  #onGpus = 0

  constructor({ store, gpus = [] }: LocalOptions, scope: Scope.Scope) {
    this.#files = store
    this.#gpus = gpus
    this.#scope = scope
  }

  capacity({ slots, shares }: Pick<Resources, 'slots' | 'shares'>): Capacity {
    // Without shares, no new stage uses the processor's slots; those queued by an earlier run are still served.
    return {
      slots,
      places: { usual: shares?.gpu ?? slots, processor: shares?.processor ?? slots },
      bytes: 0.9 * memoryOfMachine(),
    }
  }

  run(job: Job, demand: Demand | undefined, onEvent: (event: JobEvent) => void): Effect.Effect<Outcome | Stopped, StageFailure> {
    if (demand === undefined) return runHere(this.#files, job, onEvent)
    const idle = this.#idle[demand.place]
    return Effect.acquireUseRelease(
      // The most recently used one is the warmest.
      Effect.sync(() => idle.pop() ?? this.#newSeat(demand.place)),
      (seat) => {
        this.#running.set(job.id, seat)
        return seat.run(job, onEvent)
      },
      (seat) =>
        Effect.sync(() => {
          this.#running.delete(job.id)
          idle.push(seat)
        }),
    )
  }

  stop(id: Job['id']): void {
    this.#running.get(id)?.stop()
  }

  kill(id: Job['id']): void {
    this.#running.get(id)?.kill()
  }

  #newSeat(place: Place): Seat {
    const store = this.#files
    if (place === 'processor') return new Seat({ store, env: { CUDA_VISIBLE_DEVICES: '' } }, this.#scope)
    const gpu = this.#gpus[this.#onGpus++]
    return new Seat({ store, env: gpu === undefined ? {} : environmentOf(gpu) }, this.#scope)
  }
}
