/**
 * Leases in the index. A lease is a row that names its holder; the holder increments a counter (its heartbeat) while it is alive. It counts
 * as dead when its process is gone from this machine, or its counter has not changed for `expireSeconds` by the observer's own clock.
 * Leases need not survive a power failure, so nothing here waits for fsync.
 */

import { randomUUID } from 'node:crypto'
import { canonical, type Json } from '../../../dsl/check/canonical.ts'
import {
  Heartbeats,
  type Lease,
  type LeaseClock,
  type LeaseHolder,
  type LeaseOptions,
  type Leases,
  systemClock,
  type Taken,
} from '../leases.ts'
import { isAlive, thisProcess } from '../process-identity.ts'
import type { IndexDb } from './index-db.ts'
import type { CellOf } from './tables.ts'

export class SqliteLeases implements Leases {
  readonly #index: IndexDb
  readonly #id = randomUUID()
  readonly #beatMs: number
  readonly #clock: LeaseClock
  readonly #heartbeats: Heartbeats
  readonly #own = new Set<Lease>()
  #fence = 0
  #stopBeating: (() => void) | undefined

  constructor(index: IndexDb, options: LeaseOptions = {}) {
    const { beatSeconds = 2, clock = systemClock } = options
    this.#index = index
    this.#beatMs = beatSeconds * 1000
    this.#clock = clock
    this.#heartbeats = new Heartbeats(options)
  }

  async take(key: string): Promise<Taken> {
    let taken: Taken | undefined
    this.#change(() => {
      const row = this.#find(key)
      if (row !== undefined && row.holder !== this.#id && !this.#isDead(row)) {
        taken = { holder: holderIn(row) }
        return
      }
      const lease = { key, holder: this.#id, fence: ++this.#fence }
      this.#index.run('INSERT OR IGNORE INTO holders (id, process, beat) VALUES (?, ?, 0)', this.#id, thisProcess())
      this.#index.run('INSERT OR REPLACE INTO leases (key, holder, fence, progress) VALUES (?, ?, ?, NULL)', key, this.#id, lease.fence)
      if (row !== undefined) forgetIdle(this.#index, row.holder)
      taken = { lease, tookOver: row !== undefined }
    })
    if (taken !== undefined && 'lease' in taken) {
      this.#own.add(taken.lease)
      this.#stopBeating ??= this.#clock.every(this.#beatMs, () => this.#beat())
    }
    return taken! // set in the transaction, which has thrown otherwise
  }

  async holderOf(key: string): Promise<LeaseHolder | undefined> {
    const row = this.#find(key)
    return row === undefined || row.holder === this.#id || this.#isDead(row) ? undefined : holderIn(row)
  }

  async report({ key, holder, fence }: Lease, progress: Json): Promise<void> {
    this.#change(() =>
      this.#index.run('UPDATE leases SET progress = ? WHERE key = ? AND holder = ? AND fence = ?', canonical(progress), key, holder, fence),
    )
  }

  async holds(lease: Lease): Promise<boolean> {
    return holds(this.#index, lease)
  }

  async release(lease: Lease): Promise<void> {
    if (!this.#own.delete(lease)) return
    if (this.#own.size === 0) this.close()
    this.#change(() => remove(this.#index, lease))
  }

  async keys(): Promise<readonly string[]> {
    const dead = new Set(deadHolders(this.#index))
    const rows = this.#index.read('leases', ['key', 'holder'], 'FROM leases')
    return rows.filter(({ holder }) => !dead.has(holder)).map(({ key }) => key)
  }

  /** Stops the heartbeat. */
  close(): void {
    this.#stopBeating?.()
    this.#stopBeating = undefined
  }

  #beat(): void {
    try {
      this.#change(() => this.#index.run('UPDATE holders SET beat = beat + 1 WHERE id = ?', this.#id))
    } catch {
      // If the store cannot be written for long, other processes take over; publishing checks the lease again.
    }
  }

  #change(work: () => void): void {
    this.#index.transaction(work, { durable: false })
  }

  #find(key: string): Held | undefined {
    const [lease] = this.#index.read('leases', ['holder', 'progress'], 'FROM leases WHERE key = ?', key)
    return lease && { ...lease, by: this.#index.read('holders', ['process', 'beat'], 'FROM holders WHERE id = ?', lease.holder)[0] }
  }

  #isDead({ holder, by }: Held): boolean {
    return by === undefined || isAlive(by.process) === false || this.#heartbeats.standsStill(holder, by.beat)
  }
}

interface Held {
  readonly holder: string
  readonly progress: CellOf<'leases', 'progress'>
  /** Undefined when the holder's row is gone. */
  readonly by: { readonly process: string; readonly beat: number } | undefined
}

/** Holders whose process, or whose row, is gone. */
function deadHolders(index: IndexDb): string[] {
  const processes = new Map(index.read('holders', ['id', 'process'], 'FROM holders').map(({ id, process }) => [id, process]))
  const all = new Set([...processes.keys(), ...index.read('leases', ['holder'], 'FROM leases').map(({ holder }) => holder)])
  return [...all].filter((holder) => !processes.has(holder) || isAlive(processes.get(holder)!) === false)
}

/** For gc, in its transaction: removes leases of killed processes that no process has requested since. */
export function forgetDead(index: IndexDb): void {
  for (const holder of deadHolders(index)) {
    index.run('DELETE FROM leases WHERE holder = ?', holder)
    index.run('DELETE FROM holders WHERE id = ?', holder)
  }
}

/** Whether the lease is still valid; call in the publishing transaction. */
export function holds(index: IndexDb, { key, holder, fence }: Lease): boolean {
  return index.all('SELECT 1 FROM leases WHERE key = ? AND holder = ? AND fence = ?', key, holder, fence).length > 0
}

/** Call in the publishing transaction, so that the lease ends and the result appears atomically. */
export function remove(index: IndexDb, { key, holder, fence }: Lease): void {
  index.run('DELETE FROM leases WHERE key = ? AND holder = ? AND fence = ?', key, holder, fence)
  forgetIdle(index, holder)
}

/** Removes a holder without leases, so that none remains when its process ends. */
function forgetIdle(index: IndexDb, holder: string): void {
  index.run('DELETE FROM holders WHERE id = ? AND NOT EXISTS (SELECT 1 FROM leases WHERE holder = holders.id)', holder)
}

function holderIn({ by, progress }: Held): LeaseHolder {
  const [host, , pid] = by?.process.split(' ') ?? []
  const here = thisProcess().startsWith(`${host} `)
  return { by: here ? `process ${pid}` : `process ${pid} on ${host}`, progress }
}
