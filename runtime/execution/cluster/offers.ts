/**
 * Which of the stages that are ready are offered to workers: a few times as many as workers can take, so that what they ask of the database does not
 * grow with the study. The rest waits here in its turn. One that goes before what is offered already is offered too, so that the first arm comes first.
 */
import { Heap } from '../heap.ts'
import { byRank, type Rank } from '../rank.ts'

interface Ready {
  readonly key: string
  readonly rank: Rank
  /** Of equal ranks the one that came first goes first. */
  readonly number: number
}

const inTurn = (a: Ready, b: Ready): number => byRank(a.rank, b.rank) || a.number - b.number

/** The stages of one queue. */
class Lane {
  readonly waiting = new Heap<Ready>(inTurn)
  /** Offered, and as far as is known not taken yet. */
  readonly offered = new Map<string, Ready>()

  /** Whether the next is to be offered. */
  hasRoom(next: Ready, most: number): boolean {
    if (this.offered.size < most) return true
    return this.offered.size < 2 * most && [...this.offered.values()].some((one) => inTurn(next, one) < 0)
  }
}

export class Offers {
  readonly #lanes = new Map<string, Lane>()
  /** By key: what waits under another name than this one counts no more. */
  readonly #ready = new Map<string, Ready & { readonly lane: Lane }>()
  #numbers = 0

  /** It is ready, or ready again. */
  add(key: string, queue: string, rank: Rank): void {
    this.remove(key)
    const lane = this.#lanes.get(queue) ?? new Lane()
    this.#lanes.set(queue, lane)
    const ready = { key, rank, number: this.#numbers++, lane }
    this.#ready.set(key, ready)
    lane.waiting.add(ready)
  }

  /** It is taken: it makes room for another one. */
  taken(key: string): void {
    this.#ready.get(key)?.lane.offered.delete(key)
  }

  /** It has ended, or is wanted no more. */
  remove(key: string): void {
    this.taken(key)
    this.#ready.delete(key)
  }

  /** Those that are to be offered now, in their turn. @param most how many of a queue may be offered and not taken */
  next(most: (queue: string) => number): string[] {
    const next: string[] = []
    for (const [queue, lane] of this.#lanes) {
      const room = most(queue)
      for (let first = lane.waiting.first; first !== undefined; first = lane.waiting.first) {
        if (this.#ready.get(first.key) === first) {
          if (!lane.hasRoom(first, room)) break
          lane.offered.set(first.key, first)
          next.push(first.key)
        }
        lane.waiting.take()
      }
    }
    return next
  }
}
