/**
 * Who computes which stage, when several processes use one store. A lease is a row that names its holder; a holder counts up a number
 * (its heartbeat) while it lives. Whoever finds a lease takes it over once its holder is known to be dead: its process is gone from this
 * machine, or its number has stood still for as long as `expireSeconds` on the watcher's own steady clock. Times of day are never
 * compared, so a clock that is set back, or differs between machines, changes nothing.
 *
 * A holder that was taken for dead (a suspended process, a machine asleep) can still wake up: what it publishes is checked against its
 * lease in the same transaction (`holds`), and refused. Leases are not for ever: none of this must survive a power cut, so nothing here waits
 * for the disk.
 */
import { randomUUID } from 'node:crypto'
import { canonical } from '../../../dsl/check/canonical.ts'
import type { Json } from '../../../dsl/graph/stage-options.ts'
import type { Held, Lease, LeaseOptions, Taken } from '../leases.ts'
import { isAlive, thisProcess } from '../process-identity.ts'
import type { IndexDb, Row } from './index-db.ts'

export class Leases {
  readonly #index: IndexDb
  readonly #id = randomUUID()
  readonly #beatMs: number
  readonly #expireMs: number
  /** Others' heartbeats as last seen, and since when they stand there, in milliseconds of a steady clock. */
  readonly #seen = new Map<string, { readonly beat: number; readonly since: number }>()
  readonly #own = new Set<Lease>()
  #fence = 0
  #timer: NodeJS.Timeout | undefined

  constructor(index: IndexDb, { beatSeconds = 2, expireSeconds = 10 }: LeaseOptions = {}) {
    this.#index = index
    this.#beatMs = beatSeconds * 1000
    this.#expireMs = expireSeconds * 1000
  }

  /** @throws StoreProblem */
  take(key: string): Taken {
    let taken: Taken | undefined
    this.#change(() => {
      const row = this.#find(key)
      if (row !== undefined && row.holder !== this.#id && !this.#isDead(row)) {
        taken = { held: heldBy(row) }
        return
      }
      const lease = { key, holder: this.#id, fence: ++this.#fence }
      this.#index.run('INSERT OR IGNORE INTO holders (id, process, beat) VALUES (?, ?, 0)', this.#id, thisProcess())
      this.#index.run('INSERT OR REPLACE INTO leases (key, holder, fence, progress) VALUES (?, ?, ?, NULL)', key, this.#id, lease.fence)
      if (row !== undefined) this.#forgetIdle(String(row.holder))
      taken = { lease, tookOver: row !== undefined }
    })
    if (taken !== undefined && 'lease' in taken) {
      this.#own.add(taken.lease)
      this.#timer ??= setInterval(() => this.#beat(), this.#beatMs).unref()
    }
    return taken! // set in the transaction, which has thrown otherwise
  }

  /** The living other holder of a key, if there is one. @throws StoreProblem */
  look(key: string): Held | undefined {
    const row = this.#find(key)
    return row === undefined || row.holder === this.#id || this.#isDead(row) ? undefined : heldBy(row)
  }

  /** For those who wait: they read it. @throws StoreProblem */
  report({ key, holder, fence }: Lease, progress: Json): void {
    this.#change(() =>
      this.#index.run('UPDATE leases SET progress = ? WHERE key = ? AND holder = ? AND fence = ?', canonical(progress), key, holder, fence),
    )
  }

  /** Lets go; nothing happens when it was lost. @throws StoreProblem */
  release(lease: Lease): void {
    if (!this.#own.delete(lease)) return
    if (this.#own.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    this.#change(() => {
      remove(this.#index, lease)
      this.#forgetIdle(this.#id)
    })
  }

  #beat(): void {
    try {
      this.#change(() => this.#index.run('UPDATE holders SET beat = beat + 1 WHERE id = ?', this.#id))
    } catch {
      // A store that cannot be written for this long has others take over; publishing is checked again.
    }
  }

  #change(work: () => void): void {
    this.#index.transaction(work, { durable: false })
  }

  #find(key: string): Row | undefined {
    return this.#index.all(
      'SELECT holder, process, beat, progress FROM leases LEFT JOIN holders ON holders.id = leases.holder WHERE key = ?',
      key,
    )[0]
  }

  #isDead({ holder, process, beat }: Row): boolean {
    if (process === null || isAlive(String(process)) === false) return true
    const now = performance.now()
    const seen = this.#seen.get(String(holder))
    if (seen !== undefined && seen.beat === beat) return now - seen.since >= this.#expireMs
    this.#seen.set(String(holder), { beat: Number(beat), since: now })
    return false
  }

  #forgetIdle(holder: string): void {
    this.#index.run('DELETE FROM holders WHERE id = ? AND NOT EXISTS (SELECT 1 FROM leases WHERE holder = holders.id)', holder)
  }
}

/** Whether a lease is still its holder's; to be asked in the transaction that publishes. */
export function holds(index: IndexDb, { key, holder, fence }: Lease): boolean {
  return index.all('SELECT 1 FROM leases WHERE key = ? AND holder = ? AND fence = ?', key, holder, fence).length > 0
}

/** In the transaction that publishes: the key is free, and its result known, at one moment. */
export function remove(index: IndexDb, { key, holder, fence }: Lease): void {
  index.run('DELETE FROM leases WHERE key = ? AND holder = ? AND fence = ?', key, holder, fence)
}

/** Keys of the stages that a process, not known to be gone, computes now: their checkpoints are in use. */
export function leasedKeys(index: IndexDb): string[] {
  return index
    .all('SELECT key, process FROM leases JOIN holders ON holders.id = leases.holder')
    .flatMap(({ key, process }) => (isAlive(String(process)) === false ? [] : [String(key)]))
}

function heldBy({ process, progress }: Row): Held {
  const [host, , pid] = String(process).split(' ')
  const here = thisProcess().startsWith(`${host} `)
  return {
    by: here ? `process ${pid}` : `process ${pid} on ${host}`,
    progress: progress === null || progress === undefined ? null : (JSON.parse(String(progress)) as Json), // written by `report`
  }
}
