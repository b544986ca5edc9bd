/**
 * Selects the ready stages that are offered to workers: a few times as many as there are slots, so that the load on the database does not
 * grow with the study. The others wait here in rank order. A stage that ranks before an offered one is offered too, so that the first arm
 * finishes first.
 */
import { Heap } from '../heap.ts'
import { byRank, type Rank } from '../rank.ts'

interface Ready {
  readonly key: string
  readonly rank: Rank
  /** Order of arrival, for equal ranks. */
  readonly number: number
}

const inTurn = (a: Ready, b: Ready): number => byRank(a.rank, b.rank) || a.number - b.number

/** The stages of one queue. */
class Lane {
  readonly waiting = new Heap<Ready>(inTurn)
  /** Offered and, as far as is known, not taken. */
  readonly offered = new Map<string, Ready>()

  /** Whether `next` may be offered. */
  hasRoom(next: Ready, most: number): boolean {
    if (this.offered.size < most) return true
    return this.offered.size < 2 * most && [...this.offered.values()].some((one) => inTurn(next, one) < 0)
  }
}

export class Offers {
  readonly #lanes = new Map<string, Lane>()
  /** By key. A queued entry other than the one here is stale. */
  readonly #ready = new Map<string, Ready & { readonly lane: Lane }>()
  #numbers = 0

  /** Adds a stage that is ready, or ready again. */
  add(key: string, queue: string, rank: Rank): void {
    this.remove(key)
    const lane = this.#lanes.get(queue) ?? new Lane()
    this.#lanes.set(queue, lane)
    const ready = { key, rank, number: this.#numbers++, lane }
    this.#ready.set(key, ready)
    lane.waiting.add(ready)
  }

  /** Marks a stage as taken, which makes room for another one. */
  taken(key: string): void {
    this.#ready.get(key)?.lane.offered.delete(key)
  }

  /** Removes a stage that has ended or is no longer wanted. */
  remove(key: string): void {
    this.taken(key)
    this.#ready.delete(key)
  }

  /** Stages to offer now, in rank order. @param most limit of stages offered but not taken, by queue */
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
