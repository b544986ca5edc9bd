/**
 * Leases: which process computes which stage, when several share one store. A lease names its holder, which sends heartbeats; a process
 * that finds a lease takes it over once its holder is known to be dead. A holder that was presumed dead (a suspended process, a machine
 * asleep) can still wake up: its publication is checked against its lease in the same transaction, and refused.
 */

import type { Json } from '../../dsl/check/canonical.ts'
export interface Lease {
  readonly key: string
  readonly holder: string
  /** Fencing token: distinguishes this lease from earlier ones of the same holder. */
  readonly fence: number
}

/** A holder other than the caller. */
export interface LeaseHolder {
  /** `process 1234`, with the machine's name if it is another one. */
  readonly by: string
  /** The progress last reported; null until the first report. */
  readonly progress: Json
}

export type Taken =
  /** `tookOver` from a dead holder: what it left, such as a checkpoint, may be newer than what the caller has read. */
  { readonly lease: Lease; readonly tookOver: boolean } | { readonly holder: LeaseHolder }

/** Each open store is one holder. All methods reject with a StoreProblem and nothing else. */
export interface Leases {
  take(key: string): Promise<Taken>
  /** The live holder of a key, other than the caller, if any. */
  holderOf(key: string): Promise<LeaseHolder | undefined>
  /** Publishes progress for processes that wait for the stage. */
  report(lease: Lease, progress: Json): Promise<void>
  /** Whether the lease is still valid; false when it was lost or ended with the publication. */
  holds(lease: Lease): Promise<boolean>
  /** Releases the lease; no-op when it was lost. @param published it ended with the publication. Default: looked up */
  release(lease: Lease, published?: boolean): Promise<void>
  /** Keys of all leases except those whose holder is known to be dead. */
  keys(): Promise<readonly string[]>
}

export interface LeaseOptions {
  /** Heartbeat interval, in seconds. Default 2. */
  readonly beatSeconds?: number
  /** A holder whose heartbeat has not advanced for this many seconds is presumed dead. Default 10. */
  readonly expireSeconds?: number
  /** Default: the system clock. */
  readonly clock?: LeaseClock
}

/** A monotonic clock. Wall-clock times are never compared, so clocks that are set back or differ between machines do no harm. */
export interface LeaseClock {
  /** Milliseconds, monotonic. */
  now(): number
  /** Calls `work` periodically; the returned function cancels it. */
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
 * Detects stalled heartbeats of other processes. The time between two observations counts for at most half of `expireSeconds`: when
 * both processes were suspended, the other one can send another heartbeat after they wake.
 */
export class Heartbeats {
  readonly #clock: LeaseClock
  readonly #expireMs: number
  /** The last value seen, when, and for how long it has not changed. */
  readonly #seen = new Map<string, { readonly beat: number; readonly at: number; readonly still: number }>()

  constructor({ expireSeconds = 10, clock = systemClock }: LeaseOptions) {
    this.#clock = clock
    this.#expireMs = expireSeconds * 1000
  }

  /** @param beat counter that increases while the holder is alive */
  standsStill(holder: string, beat: number): boolean {
    const now = this.#clock.now()
    const seen = this.#seen.get(holder)
    const still = seen?.beat === beat ? seen.still + Math.min(now - seen.at, this.#expireMs / 2) : 0
    this.#seen.set(holder, { beat, at: now, still })
    return still >= this.#expireMs
  }
}
