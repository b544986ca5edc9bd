/**
 * Who computes which stage, when several processes use one store. A lease names its holder, which shows at short intervals that it lives;
 * whoever finds a lease takes it over once its holder is known to be dead. A holder that was taken for dead (a suspended process, a machine
 * asleep) can still wake up: what it publishes is checked against its lease, at one moment with the publication, and refused.
 */

import type { Json } from '../../dsl/check/canonical.ts'
export interface Lease {
  readonly key: string
  readonly holder: string
  /** Tells this lease from another one that the same holder had before. */
  readonly fence: number
}

/** Other than the one who asks. */
export interface LeaseHolder {
  /** `process 1234`, on another machine with its name. */
  readonly by: string
  /** What the holder last told of it; null when it has just begun. */
  readonly progress: Json
}

export type Taken =
  /** `tookOver` from a holder that was dead: what it has left, a checkpoint say, may be newer than what was known before. */
  { readonly lease: Lease; readonly tookOver: boolean } | { readonly holder: LeaseHolder }

/** An open store is one holder. All methods reject with a StoreProblem and nothing else. */
export interface Leases {
  take(key: string): Promise<Taken>
  /** The living other holder of a key, if there is one. */
  holderOf(key: string): Promise<LeaseHolder | undefined>
  /** For those who wait: they read it. */
  report(lease: Lease, progress: Json): Promise<void>
  /** Whether it is still its holder's. One that is not was lost, or ended with the publication. */
  holds(lease: Lease): Promise<boolean>
  /** Lets go; nothing happens when it was lost. @param published it ended with the publication. Default: that is looked up */
  release(lease: Lease, published?: boolean): Promise<void>
  /** Of all leases but those whose holder is known to be dead. */
  keys(): Promise<readonly string[]>
}

export interface LeaseOptions {
  /** Between two heartbeats. Default 2. */
  readonly beatSeconds?: number
  /** After which a heartbeat that stands still means dead. Default 10. */
  readonly expireSeconds?: number
  /** Default: the system's. */
  readonly clock?: LeaseClock
}

/** Times of day are never compared: a clock that is set back, or differs between machines, changes nothing. */
export interface LeaseClock {
  /** Milliseconds of a clock that only goes forward. */
  now(): number
  /** Does `work` again and again until it is cancelled. */
  every(milliseconds: number, work: () => void): () => void
}

export const systemClock: LeaseClock = {
  now: () => performance.now(),
  every: (milliseconds, work) => {
    const timer = setInterval(work, milliseconds).unref()
    return () => clearInterval(timer)
  },
}

/**
 * Others' heartbeats as this process sees them, to know which have stopped. The time between two looks counts for half of `expireSeconds` at
 * most: when both were suspended, the other one has a moment to beat again after they wake.
 */
export class Heartbeats {
  readonly #clock: LeaseClock
  readonly #expireMs: number
  /** As last seen, when that was, and for how long they have been seen there. */
  readonly #seen = new Map<string, { readonly beat: number; readonly at: number; readonly still: number }>()

  constructor({ expireSeconds = 10, clock = systemClock }: LeaseOptions) {
    this.#clock = clock
    this.#expireMs = expireSeconds * 1000
  }

  /** @param beat a number that goes up while the holder lives */
  standsStill(holder: string, beat: number): boolean {
    const now = this.#clock.now()
    const seen = this.#seen.get(holder)
    const still = seen?.beat === beat ? seen.still + Math.min(now - seen.at, this.#expireMs / 2) : 0
    this.#seen.set(holder, { beat, at: now, still })
    return still >= this.#expireMs
  }
}
