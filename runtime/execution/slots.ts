/**
 * Slots: so many stages run at once, each with a worker that stays warm between them. Whoever waits is served by rank, and may go away;
 * the number of slots can change while stages run. Stages that together want more memory than there is run one after the other.
 * On a machine with GPUs those that ask for the processor have slots of their own; memory and rank are for all.
 */
import * as Effect from 'effect/Effect'
import type { Place, Resources } from '../engine/devices.ts'
import { Heap } from './heap.ts'
import type { StageRunner } from './local/stage-runner.ts'
import { byRank, type Rank } from './rank.ts'

interface Turn {
  readonly rank: Rank
  readonly place: Place
  /** That it is thought to want; more than there are, and it runs alone. */
  readonly bytes: number
  wake: () => void
  state: 'waiting' | 'granted' | 'gone'
}

type Sizes = Pick<Resources, 'slots' | 'shares'>

/** The slots of one place. */
class Row {
  readonly waiting = new Heap<Turn>((a, b) => byRank(a.rank, b.rank))
  readonly idle: StageRunner[] = []
  size = 0
  busy = 0

  /** Whoever is next, if there is a slot for it. */
  get next(): Turn | undefined {
    while (this.waiting.peek()?.state === 'gone') this.waiting.pop()
    return this.busy < this.size ? this.waiting.peek() : undefined
  }
}

export class Slots {
  readonly #make: Readonly<Record<Place, Effect.Effect<StageRunner>>>
  readonly #rows = { usual: new Row(), processor: new Row() } satisfies Record<Place, Row>
  readonly #memory: number
  #size = 0
  #busy = 0
  #bytes = 0
  #paused = false

  /**
   * @param make a runner that ends with whoever owns the slots
   * @param memory bytes that the stages may want together
   */
  constructor(sizes: Sizes, make: Readonly<Record<Place, Effect.Effect<StageRunner>>>, memory = Number.POSITIVE_INFINITY) {
    this.#memory = memory
    this.#make = make
    this.resize(sizes)
  }

  /** Fewer take effect as stages end. */
  resize({ slots, shares }: Sizes): void {
    this.#size = slots
    this.#rows.usual.size = shares?.gpu ?? slots
    // Without shares nobody new comes to it; whoever waits there since an earlier run is still served.
    this.#rows.processor.size = shares?.processor ?? slots
    this.#grant()
  }

  /** While paused nothing new begins; what runs goes on. */
  set paused(paused: boolean) {
    this.#paused = paused
    this.#grant()
  }

  /** Waits for a slot and runs `body` with its runner. */
  use<A, E>(
    { rank, place, bytes }: Pick<Turn, 'rank' | 'place' | 'bytes'>,
    body: (runner: StageRunner) => Effect.Effect<A, E>,
  ): Effect.Effect<A, E> {
    const row = this.#rows[place]
    return Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const turn: Turn = { rank, place, bytes, wake: () => {}, state: 'waiting' }
        let runner: StageRunner | undefined
        const waiting = Effect.callback<void>((resume) => {
          turn.wake = () => resume(Effect.void)
          row.waiting.push(turn)
          this.#grant()
        })
        // The last one used is the warmest.
        const taken = Effect.suspend(() => {
          const idle = row.idle.pop()
          return idle === undefined ? this.#make[place] : Effect.succeed(idle)
        })
        return restore(waiting).pipe(
          Effect.andThen(taken),
          Effect.tap((own) =>
            Effect.sync(() => {
              runner = own
            }),
          ),
          Effect.flatMap((own) => restore(body(own))),
          Effect.ensuring(Effect.sync(() => this.#leave(turn, runner))),
        )
      }),
    )
  }

  #leave(turn: Turn, runner: StageRunner | undefined): void {
    const row = this.#rows[turn.place]
    if (runner !== undefined) row.idle.push(runner)
    if (turn.state === 'granted') {
      row.busy--
      this.#busy--
      this.#bytes = this.#busy === 0 ? 0 : this.#bytes - turn.bytes
    }
    turn.state = 'gone'
    this.#grant()
  }

  #grant(): void {
    while (!this.#paused && this.#busy < this.#size) {
      const [next] = Object.values(this.#rows)
        .flatMap((row) => row.next ?? [])
        .sort((a, b) => byRank(a.rank, b.rank))
      if (next === undefined) return
      // Nobody with less need overtakes it: it would wait for ever.
      if (this.#busy > 0 && this.#bytes + next.bytes > this.#memory) return
      const row = this.#rows[next.place]
      row.waiting.pop()
      row.busy++
      next.state = 'granted'
      this.#busy++
      this.#bytes += next.bytes
      next.wake()
    }
  }
}
