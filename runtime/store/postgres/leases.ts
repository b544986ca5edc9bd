/** Leases in PostgreSQL. */
import type { Json } from '../../../dsl/check/canonical.ts'
import { canonical } from '../../../dsl/check/canonical.ts'
import type { Lease, LeaseHolder, Leases, Taken } from '../leases.ts'
import { isAlive, thisProcess } from '../process-identity.ts'
import type { Database, Query } from './database.ts'
import { isDead, type Presence } from './presence.ts'
import type { IndexRow } from './row.ts'

export class PostgresLeases implements Leases {
  readonly #database: Database
  readonly #presence: Presence
  /** Leases of this process that are not yet released. */
  readonly #held = new Set<Lease>()
  #fence = 0

  constructor(database: Database, presence: Presence) {
    this.#database = database
    this.#presence = presence
  }

  async take(key: string): Promise<Taken> {
    const fence = ++this.#fence
    let taken: Taken | undefined
    while (taken === undefined) taken = (await this.#takeFree(key, fence)) ?? (await this.#takeOver(key, fence))
    if ('lease' in taken) {
      this.#held.add(taken.lease)
      this.#presence.begin(taken.lease)
    }
    return taken
  }

  async holderOf(key: string): Promise<LeaseHolder | undefined> {
    const row = await this.#find(this.#database.all, key)
    return row === undefined || row.holder === this.#presence.id || isGone(row) ? undefined : holderIn(row)
  }

  async holds({ key, holder, fence }: Lease): Promise<boolean> {
    const sql = 'SELECT FROM leases WHERE key = $1 AND holder = $2 AND fence = $3'
    return (await this.#database.all(sql, key, holder, fence)).length > 0
  }

  async report({ key, holder, fence }: Lease, progress: Json): Promise<void> {
    const sql = 'UPDATE leases SET progress = $1 WHERE key = $2 AND holder = $3 AND fence = $4'
    await this.#database.all(sql, canonical(progress), key, holder, fence)
  }

  async release(lease: Lease, published = false): Promise<void> {
    if (!this.#held.delete(lease)) return
    if (!published) await remove(this.#database.all, lease)
    await this.#presence.end(lease)
  }

  async keys(): Promise<readonly string[]> {
    return (await this.#database.all('SELECT key FROM leases')).map(({ key }) => String(key))
  }

  /** Undefined when another process has it. */
  async #takeFree(key: string, fence: number): Promise<Taken | undefined> {
    const { id, process } = this.#presence
    const rows = await this.#database.all(
      `WITH taken AS (INSERT INTO leases (key, holder, fence) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING key),
         shown AS (${this.#presence.shown('$2', '$4', 'taken')})
       SELECT key FROM taken`,
      key,
      id,
      fence,
      process,
    )
    return rows.length === 0 ? undefined : { lease: { key, holder: id, fence }, tookOver: false }
  }

  /** Undefined when the lease is gone meanwhile. */
  #takeOver(key: string, fence: number): Promise<Taken | undefined> {
    const { id } = this.#presence
    return this.#database.transaction(async (all) => {
      const row = await this.#find(all, key, 'FOR UPDATE OF leases')
      if (row === undefined) return undefined
      if (row.holder !== id && !isGone(row)) return { holder: holderIn(row) }
      await this.#presence.show(all)
      await all('UPDATE leases SET holder = $2, fence = $3, progress = NULL WHERE key = $1', key, id, fence)
      if (row.holder !== id) await forgetIdle(all, String(row.holder))
      // The same lease requested again after a lost response was not taken over from anyone.
      return { lease: { key, holder: id, fence }, tookOver: Number(row.fence) !== fence }
    })
  }

  async #find(all: Query, key: string, lock = ''): Promise<IndexRow | undefined> {
    const sql = `SELECT holder, fence, process, progress, ${isDead('$2')} AS silent
      FROM leases LEFT JOIN holders ON holders.id = leases.holder WHERE key = $1 ${lock}`
    return (await all(sql, key, this.#presence.expireSeconds))[0]
  }
}

/** In the publishing transaction, so the lease ends and the result appears atomically. @returns whether the lease was still valid */
export async function remove(all: Query, { key, holder, fence }: Lease): Promise<boolean> {
  const gone = await all('DELETE FROM leases WHERE key = $1 AND holder = $2 AND fence = $3 RETURNING key', key, holder, fence)
  return gone.length > 0
}

/** Removes a holder that has neither leases nor active runs. */
async function forgetIdle(all: Query, holder: string): Promise<void> {
  await all(
    `DELETE FROM holders WHERE id = $1 AND NOT EXISTS (SELECT FROM leases WHERE holder = $1)
     AND NOT EXISTS (SELECT FROM runs WHERE holder = $1 AND status IS NULL)`,
    holder,
  )
}

/** Also true at once for a process known to be gone from this machine, without waiting for its heartbeat to expire. */
export const isGone = ({ silent, process }: IndexRow): boolean => silent === true || isAlive(String(process)) === false

/** A process as displayed to users. */
export function processNamed(process: unknown): string {
  const [host, , pid] = String(process).split(' ')
  return thisProcess().startsWith(`${host} `) ? `process ${pid}` : `process ${pid} on ${host}`
}

function holderIn({ process, progress }: IndexRow): LeaseHolder {
  return {
    by: processNamed(process),
    progress: typeof progress === 'string' ? (JSON.parse(progress) as Json) : null, // written by `report`
  }
}
