/**
 * Limits how many stages run at once. Waiting stages are served by rank and may give up; the number of slots can change while stages run.
 * Stages that together need more memory than available run one after the other. Each place has its own slots; memory and rank are shared.
 */
import * as Effect from 'effect/Effect'
import type { Place } from '../engine/devices.ts'
import type { Capacity, Demand } from './executor.ts'
import { Heap } from './heap.ts'
import { byRank, type Rank } from './rank.ts'

interface Turn extends Demand {
  readonly rank: Rank
  /** Order of arrival, for equal ranks. */
  readonly number: number
  wake: () => void
  state: 'waits' | 'granted' | 'left'
}

/** The slots of one place. */
class Row {
  /** Turns that gave up are skipped. */
  readonly #waiting = new Heap<Turn>((a, b) => byRank(a.rank, b.rank) || a.number - b.number)
  size = 0
  busy = 0

  /** The next turn, if there is a slot for it. */
  get next(): Turn | undefined {
    while (this.#waiting.first?.state === 'left') this.#waiting.take()
    return this.busy < this.size ? this.#waiting.first : undefined
  }

  add(turn: Turn): void {
    this.#waiting.add(turn)
  }

  /** Removes the next turn and takes a slot. */
  grant(): void {
    this.#waiting.take()
    this.busy++
  }
}

export class Slots {
  readonly #rows = { usual: new Row(), processor: new Row() } satisfies Record<Place, Row>
  #capacity!: Capacity // set by `resize`
  #busy = 0
  #bytes = 0
  #paused = false
  #turns = 0

  constructor(capacity: Capacity) {
    this.resize(capacity)
  }

  /** A smaller capacity takes effect as stages end. */
  resize(capacity: Capacity): void {
    this.#capacity = capacity
    this.#rows.usual.size = capacity.places.usual
    this.#rows.processor.size = capacity.places.processor
    this.#grant()
  }

  /** While paused, no stage starts; running ones continue. */
  set paused(paused: boolean) {
    this.#paused = paused
    this.#grant()
  }

  /** Waits for a slot and runs `body` in it. */
  use<A, E>({ place, bytes }: Demand, rank: Rank, body: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const turn: Turn = { rank, place, bytes, number: this.#turns++, wake: () => {}, state: 'waits' }
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
    if (turn.state === 'granted') {
      this.#rows[turn.place].busy--
      this.#busy--
      this.#bytes = this.#busy === 0 ? 0 : this.#bytes - turn.bytes
    }
    turn.state = 'left'
    this.#grant()
  }

  #grant(): void {
    while (!this.#paused && this.#busy < this.#capacity.slots) {
      const [next] = Object.values(this.#rows)
        .flatMap((row) => row.next ?? [])
        .sort((a, b) => byRank(a.rank, b.rank))
      if (next === undefined) return
      // No smaller stage overtakes it, or it could wait forever.
      if (this.#busy > 0 && this.#bytes + next.bytes > this.#capacity.bytes) return
      this.#rows[next.place].grant()
      next.state = 'granted'
      this.#busy++
      this.#bytes += next.bytes
      next.wake()
    }
  }
}
