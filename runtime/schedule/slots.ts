/**
 * Slots: so many stages run at once, each with a worker that stays warm between them. Whoever waits is served by rank, and may go away;
 * the number of slots can change while stages run. Stages that together want more memory than there is run one after the other.
 */
import * as Effect from 'effect/Effect'
import { Heap } from './heap.ts'
import { byRank, type Rank } from './rank.ts'
import type { StageRunner } from './stage-runner.ts'

interface Place {
  readonly rank: Rank
  readonly bytes: number
  wake: () => void
  state: 'waiting' | 'granted' | 'gone'
}

export class Slots {
  readonly #make: Effect.Effect<StageRunner>
  readonly #waiting = new Heap<Place>((a, b) => byRank(a.rank, b.rank))
  readonly #idle: StageRunner[] = []
  readonly #memory: number
  #size: number
  #busy = 0
  #bytes = 0
  #paused = false

  /**
   * @param make a runner that ends with whoever owns the slots
   * @param memory bytes that the stages may want together
   */
  constructor(size: number, make: Effect.Effect<StageRunner>, memory = Number.POSITIVE_INFINITY) {
    this.#memory = memory
    this.#size = size
    this.#make = make
  }

  /** Fewer take effect as stages end. */
  resize(size: number): void {
    this.#size = size
    this.#grant()
  }

  /** While paused nothing new begins; what runs goes on. */
  set paused(paused: boolean) {
    this.#paused = paused
    this.#grant()
  }

  /** Waits for a slot and runs `body` with its runner. @param bytes that it is thought to want; more than there are, and it runs alone */
  use<A, E>({ rank, bytes }: Pick<Place, 'rank' | 'bytes'>, body: (runner: StageRunner) => Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const place: Place = { rank, bytes, wake: () => {}, state: 'waiting' }
        let runner: StageRunner | undefined
        const waiting = Effect.callback<void>((resume) => {
          place.wake = () => resume(Effect.void)
          this.#waiting.push(place)
          this.#grant()
        })
        // The last one used is the warmest.
        const taken = Effect.suspend(() => {
          const idle = this.#idle.pop()
          return idle === undefined ? this.#make : Effect.succeed(idle)
        })
        return restore(waiting).pipe(
          Effect.andThen(taken),
          Effect.tap((own) =>
            Effect.sync(() => {
              runner = own
            }),
          ),
          Effect.flatMap((own) => restore(body(own))),
          Effect.ensuring(Effect.sync(() => this.#leave(place, runner))),
        )
      }),
    )
  }

  #leave(place: Place, runner: StageRunner | undefined): void {
    if (runner !== undefined) this.#idle.push(runner)
    if (place.state === 'granted') {
      this.#busy--
      this.#bytes = this.#busy === 0 ? 0 : this.#bytes - place.bytes
    }
    place.state = 'gone'
    this.#grant()
  }

  #grant(): void {
    while (!this.#paused && this.#busy < this.#size) {
      const next = this.#waiting.peek()
      if (next === undefined) return
      if (next.state === 'waiting' && this.#busy > 0 && this.#bytes + next.bytes > this.#memory) return
      this.#waiting.pop()
      if (next.state === 'gone') continue
      next.state = 'granted'
      this.#busy++
      this.#bytes += next.bytes
      next.wake()
    }
  }
}
