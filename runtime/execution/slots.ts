/**
 * Slots: how many stages run at once. Whoever waits is served by rank, and may go away; the number of slots can change while stages run. Stages
 * that together need more memory than there is run one after the other. Each place has slots of its own; memory and rank are for all.
 */
import * as Effect from 'effect/Effect'
import type { Place } from '../engine/devices.ts'
import type { Capacity, Demand } from './executor.ts'
import { byRank, type Rank } from './rank.ts'

interface Turn extends Demand {
  readonly rank: Rank
  wake: () => void
  granted: boolean
}

/** The slots of one place. */
class Row {
  /** By rank, of equals the one that came first. */
  readonly #waiting: Turn[] = []
  size = 0
  busy = 0

  /** Whoever is next, if there is a slot for it. */
  get next(): Turn | undefined {
    return this.busy < this.size ? this.#waiting[0] : undefined
  }

  add(turn: Turn): void {
    this.#waiting.splice(this.#waiting.findLastIndex(({ rank }) => byRank(rank, turn.rank) <= 0) + 1, 0, turn)
  }

  remove(turn: Turn): void {
    const at = this.#waiting.indexOf(turn)
    if (at >= 0) this.#waiting.splice(at, 1)
  }
}

export class Slots {
  readonly #rows = { usual: new Row(), processor: new Row() } satisfies Record<Place, Row>
  #capacity!: Capacity // set by `resize`
  #busy = 0
  #bytes = 0
  #paused = false

  constructor(capacity: Capacity) {
    this.resize(capacity)
  }

  /** Fewer take effect as stages end. */
  resize(capacity: Capacity): void {
    this.#capacity = capacity
    this.#rows.usual.size = capacity.places.usual
    this.#rows.processor.size = capacity.places.processor
    this.#grant()
  }

  /** While paused nothing new begins; what runs goes on. */
  set paused(paused: boolean) {
    this.#paused = paused
    this.#grant()
  }

  /** Waits for a slot and runs `body` in it. */
  use<A, E>({ place, bytes }: Demand, rank: Rank, body: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const turn: Turn = { rank, place, bytes, wake: () => {}, granted: false }
        const granted = Effect.callback<void>((resume) => {
          turn.wake = () => resume(Effect.void)
          this.#rows[place].add(turn)
          this.#grant()
        })
        return Effect.ensuring(
          restore(Effect.andThen(granted, body)),
          Effect.sync(() => this.#leave(turn)),
        )
      }),
    )
  }

  #leave(turn: Turn): void {
    const row = this.#rows[turn.place]
    row.remove(turn)
    if (turn.granted) {
      row.busy--
      this.#busy--
      this.#bytes = this.#busy === 0 ? 0 : this.#bytes - turn.bytes
    }
    this.#grant()
  }

  #grant(): void {
    while (!this.#paused && this.#busy < this.#capacity.slots) {
      const [next] = Object.values(this.#rows)
        .flatMap((row) => row.next ?? [])
        .sort((a, b) => byRank(a.rank, b.rank))
      if (next === undefined) return
      // Nobody with less need overtakes it: it would wait for ever.
      if (this.#busy > 0 && this.#bytes + next.bytes > this.#capacity.bytes) return
      const row = this.#rows[next.place]
      row.remove(next)
      row.busy++
      next.granted = true
      this.#busy++
      this.#bytes += next.bytes
      next.wake()
    }
  }
}
