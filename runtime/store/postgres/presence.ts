/** That this process lives, shown in the database as long as it holds a lease or a run goes on. */
import { randomUUID } from 'node:crypto'
import { type LeaseOptions, systemClock } from '../leases.ts'
import { thisProcess } from '../process-identity.ts'
import type { Database, Query } from './database.ts'

export class Presence {
  readonly id: string = randomUUID()
  /** As others on this machine can tell whether it lives. */
  readonly process: string = thisProcess()
  /** Seconds after which one that has not shown itself is dead. */
  readonly expireSeconds: number
  readonly #database: Database
  readonly #beatMs: number
  readonly #every: (milliseconds: number, work: () => void) => () => void
  /** What it is for. */
  readonly #reasons = new Set<unknown>()
  #stop: (() => void) | undefined

  constructor(database: Database, { beatSeconds = 2, expireSeconds = 10, clock = systemClock }: LeaseOptions = {}) {
    this.#database = database
    this.#beatMs = beatSeconds * 1000
    this.expireSeconds = expireSeconds
    this.#every = clock.every
  }

  /** In the transaction that takes what it is for. */
  async show(all: Query): Promise<void> {
    await all(this.shown('$1', '$2'), this.id, this.process)
  }

  /** The same as a part of a statement. @param id the parameter with its id @param process that with its process @param from shown once for each row of it; default once */
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
      // A database that is away for this long has others take over; publishing is checked again.
    }
  }
}

/**
 * Whether the holder that is joined as `holders` is dead, by the database's clock. Time in which the database itself was down does not count:
 * nobody could show anything then.
 * @param expire the parameter with the seconds
 */
export const isDead = (expire: string): string =>
  `(holders.id IS NULL OR clock() - greatest(holders.seen, least(pg_postmaster_start_time(), clock())) > make_interval(secs => ${expire}::double precision))`
