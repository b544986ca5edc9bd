/** Heartbeat of this process in the database, while it holds a lease or has an active run. */
import { randomUUID } from 'node:crypto'
import { type LeaseOptions, systemClock } from '../leases.ts'
import { thisProcess } from '../process-identity.ts'
import type { Database, Query } from './database.ts'

export class Presence {
  readonly id: string = randomUUID()
  /** Identity by which other processes on this machine can check whether it is alive. */
  readonly process: string = thisProcess()
  /** A process without a heartbeat for this many seconds is presumed dead. */
  readonly expireSeconds: number
  readonly #database: Database
  readonly #beatMs: number
  readonly #every: (milliseconds: number, work: () => void) => () => void
  /** What the heartbeat is needed for: leases, runs, jobs. */
  readonly #reasons = new Set<unknown>()
  #stop: (() => void) | undefined

  constructor(database: Database, { beatSeconds = 2, expireSeconds = 10, clock = systemClock }: LeaseOptions = {}) {
    this.#database = database
    this.#beatMs = beatSeconds * 1000
    this.expireSeconds = expireSeconds
    this.#every = clock.every
  }

  /** Writes a heartbeat; to be called in the transaction that takes the lease or starts the run. */
  async show(all: Query): Promise<void> {
    await all(this.shown('$1', '$2'), this.id, this.process)
  }

  /**
   * `show` as part of a statement.
   * @param id SQL parameter with the id
   * @param process SQL parameter with the process identity
   * @param from relation: writes a heartbeat per row; default one
   */
  shown(id: string, process: string, from = '(VALUES (true)) AS once'): string {
    return `INSERT INTO holders (id, process, seen) SELECT ${id}, ${process}, clock() FROM ${from} ON CONFLICT (id) DO UPDATE SET seen = excluded.seen`
  }

  begin(reason: unknown): void {
    this.#reasons.add(reason)
    this.#stop ??= this.#every(this.#beatMs, () => void this.#beat())
  }

  async end(reason: unknown): Promise<void> {
    if (!this.#reasons.delete(reason) || this.#reasons.size > 0) return
    this.close()
    await this.#database.all('DELETE FROM holders WHERE id = $1 AND NOT EXISTS (SELECT FROM leases WHERE holder = $1)', this.id)
  }

  close(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  async #beat(): Promise<void> {
    try {
      await this.show(this.#database.all)
    } catch {
      // If the database is unreachable for long, other processes take over; publishing checks the lease again.
    }
  }
}

/**
 * SQL condition: the holder joined as `holders` is dead, by the database's clock. Downtime of the database itself does not count, since no
 * process could send heartbeats then.
 * @param expire parameter with the timeout in seconds
 */
export const isDead = (expire: string): string =>
  `(holders.id IS NULL OR clock() - greatest(holders.seen, least(pg_postmaster_start_time(), clock())) > make_interval(secs => ${expire}::double precision))`
