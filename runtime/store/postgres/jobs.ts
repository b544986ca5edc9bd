/**
 * The job queue in PostgreSQL: one row per ready stage, however many runs want it. Queue libraries do not fit: runs are scheduled
 * round-robin, a job is cancelled when its last run withdraws, and several runs share one. A worker that takes a job also holds the stage's
 * lease: a worker that was presumed dead loses both and cannot publish.
 */
import { hostname } from 'node:os'
import { canonical, type Json } from '../../../dsl/check/canonical.ts'
import { isAlive } from '../process-identity.ts'
import type { JobNews, JobOffer, JobState, Jobs, TakenJob, WorkerAbilities } from '../shared-work.ts'
import { chore } from './chores.ts'
import type { Database, Query } from './database.ts'
import { processNamed } from './leases.ts'
import { isDead, type Presence } from './presence.ts'
import { takeFirst } from './turns.ts'
import { isWanted } from './wanted.ts'

export const jobsChannel = 'espalier_jobs'
const notify = (news: JobNews): string => `pg_notify('${jobsChannel}', '${news}')`

/** The elements of a JSON list passed as a parameter. */
const listed = (keys: string): string => `(SELECT json_array_elements_text(${keys}::json))`
/** Assignments that put a job back into the queue. */
const freed = 'worker = NULL, claim = NULL, taken = NULL, told = NULL'

export class PostgresJobs implements Jobs {
  readonly #database: Database
  readonly #presence: Presence

  constructor(database: Database, presence: Presence) {
    this.#database = database
    this.#presence = presence
  }

  async offer(wanter: string, jobs: readonly JobOffer[]): Promise<void> {
    await this.#database.all(
      `WITH shown AS (${this.#presence.shown('$2', '$3')}),
         offers AS (SELECT * FROM json_to_recordset($4::json) AS offers
           (key text, queue text, version text, numerics text, run text, arm integer, depth integer, ask text, bundle text)),
         wishes AS (INSERT INTO wanted (key, wanter) SELECT key, $1 FROM offers ORDER BY key ON CONFLICT DO NOTHING),
         waiting AS (
           INSERT INTO jobs (key, queue, version, numerics, run, arm, depth, ask, bundle, offered)
           SELECT key, queue, version, numerics, run, arm, depth, ask, bundle, clock() FROM offers ORDER BY key
           ON CONFLICT (key) DO UPDATE SET queue = excluded.queue, version = excluded.version, numerics = excluded.numerics, run = excluded.run,
             arm = excluded.arm, depth = excluded.depth, ask = excluded.ask, bundle = excluded.bundle, outcome = NULL, ${freed}
           WHERE jobs.worker IS NULL OR jobs.outcome IS NOT NULL)
       SELECT ${notify('offered')}`,
      wanter,
      this.#presence.id,
      this.#presence.process,
      JSON.stringify(jobs.map((job) => ({ ...job, ask: canonical(job.ask) }))),
    )
    this.#presence.begin(this)
  }

  async drop(wanter: string, keys: readonly string[]): Promise<void> {
    const list = JSON.stringify(keys)
    await this.#database.transaction(async (all) => {
      // Waits for concurrent transactions that take, hand back or end these jobs, so that the statements below see their effect.
      await all(`SELECT FROM jobs WHERE key IN ${listed('$1')} ORDER BY key FOR UPDATE`, list)
      await all(`DELETE FROM wanted WHERE wanter = $1 AND key IN ${listed('$2')}`, wanter, list)
      await this.#forget(all, `key IN ${listed('$2')}`, list)
    })
  }

  async look(wanter: string, which: 'all' | 'ended' = 'all'): Promise<readonly JobState[]> {
    // Starts from active and ended jobs, not from all wanted ones: most of those are still waiting.
    const rows = await this.#database.all(
      `WITH begun AS MATERIALIZED (
         SELECT key, worker, told, outcome FROM jobs WHERE state = 'ended'
         ${which === 'ended' ? '' : "UNION ALL SELECT key, worker, told, outcome FROM jobs WHERE state = 'at work'"})
       SELECT key, process, told, outcome FROM begun LEFT JOIN holders ON holders.id = worker
       WHERE (SELECT true FROM wanted WHERE wanted.key = begun.key AND wanter = $1)`,
      wanter,
    )
    return rows.map(({ key, process, told, outcome }) => ({
      key: String(key),
      by: process === null ? null : processNamed(process),
      told: jsonIn(told),
      outcome: jsonIn(outcome),
    }))
  }

  async known(wanter: string): Promise<readonly string[]> {
    return (await this.#database.all('SELECT key FROM wanted JOIN jobs USING (key) WHERE wanter = $1', wanter)).map(({ key }) =>
      String(key),
    )
  }

  async waiting(): Promise<number> {
    const sql = "SELECT count(*) AS jobs FROM jobs WHERE state = 'waits'"
    return Number((await this.#database.all(sql))[0]?.jobs)
  }

  take(abilities: WorkerAbilities): Promise<TakenJob | undefined> {
    return takeFirst(this.#database.all, this.#presence, abilities)
  }

  async standing(): ReturnType<Jobs['standing']> {
    const rows = await this.#database.all(
      `SELECT claim, ${isWanted('$1')} AS wanted FROM jobs WHERE worker = $2 AND state = 'at work'`,
      this.#presence.expireSeconds,
      this.#presence.id,
    )
    return rows.map(({ claim, wanted }) => ({ claim: Number(claim), wanted: wanted === true }))
  }

  async tell(claim: number, told: Json): Promise<void> {
    const sql = 'UPDATE jobs SET told = $1 WHERE claim = $2 AND outcome IS NULL'
    await this.#database.all(sql, canonical(told), claim)
  }

  async end(claim: number, outcome: Json, told: Json): Promise<void> {
    const [ended] = await this.#database.all(
      `WITH ended AS (UPDATE jobs SET outcome = $2, told = $3 WHERE claim = $4 AND outcome IS NULL RETURNING key, ${isWanted('$1')} AS wanted)
       SELECT wanted, ${notify('ended')} FROM ended`,
      this.#presence.expireSeconds,
      canonical(outcome),
      canonical(told),
      claim,
    )
    if (ended?.wanted === false) await this.#forget(this.#database.all, 'claim = $2::bigint', claim)
  }

  async handBack(claim: number): Promise<void> {
    await this.#database.transaction(async (all) => {
      const [row] = await all(`UPDATE jobs SET ${freed} WHERE claim = $1 AND outcome IS NULL RETURNING key`, claim)
      if (row === undefined) return
      await this.#forget(all, 'key = $2', String(row.key))
      await all(`SELECT ${notify('offered')}`)
    })
  }

  async tend(): Promise<void> {
    await this.#bury()
    if (!(await chore(this.#database.all, 'free what the dead have', 1))) return
    await this.#freeDead()
    if (await chore(this.#database.all, 'forget what nobody wants', 5)) await this.#forgetUnwanted()
  }

  async tidy(): Promise<void> {
    await this.#freeDead()
    await this.#forgetUnwanted()
  }

  close(): Promise<void> {
    return this.#presence.end(this)
  }

  /** Enumerates the wanters, never all waiting jobs. */
  async #forgetUnwanted(): Promise<void> {
    const gone = await this.#database.all(
      `WITH RECURSIVE wanters AS (
         (SELECT wanter FROM wanted ORDER BY wanter LIMIT 1)
         UNION ALL
         SELECT next.wanter FROM wanters, LATERAL (SELECT wanter FROM wanted WHERE wanted.wanter > wanters.wanter ORDER BY wanter LIMIT 1) AS next)
       SELECT wanter FROM wanters LEFT JOIN holders ON holders.id = wanter WHERE ${isDead('$1')} AND wanter NOT IN (SELECT id FROM coordinations)`,
      this.#presence.expireSeconds,
    )
    for (const { wanter } of gone) {
      const keys = await this.#database.all('SELECT key FROM wanted WHERE wanter = $1', String(wanter))
      await this.drop(
        String(wanter),
        keys.map(({ key }) => String(key)),
      )
    }
    // Jobs that ended while their last run withdrew.
    await this.#forget(this.#database.all, "state = 'ended' AND key > $2", '')
  }

  /** Deletes jobs that no run wants and no live worker holds. */
  async #forget(all: Query, where: string, value: string | number): Promise<void> {
    await all(
      `DELETE FROM jobs WHERE ${where} AND NOT ${isWanted('$1')}
       AND (outcome IS NOT NULL OR NOT EXISTS (SELECT FROM holders WHERE holders.id = jobs.worker AND NOT ${isDead('$1')}))`,
      this.#presence.expireSeconds,
      value,
    )
  }

  async #freeDead(): Promise<void> {
    const dead = await this.#database.all(
      `SELECT worker FROM (SELECT DISTINCT worker FROM jobs WHERE state = 'at work') AS at_work
       LEFT JOIN holders ON holders.id = worker WHERE ${isDead('$1')}`,
      this.#presence.expireSeconds,
    )
    for (const { worker } of dead) await this.#free(String(worker))
  }

  /** Frees the jobs of workers known to be gone from this machine, without waiting for their heartbeats to expire. */
  async #bury(): Promise<void> {
    const rows = await this.#database.all(
      `SELECT id, process FROM holders
       WHERE starts_with(process, $1) AND EXISTS (SELECT FROM jobs WHERE worker = holders.id AND state = 'at work')`,
      `${hostname()} `,
    )
    const gone = rows.flatMap(({ id, process }) => (isAlive(String(process)) === false ? [String(id)] : []))
    for (const id of gone) await this.#free(id)
  }

  /** Puts a dead worker's jobs back into the queue. */
  async #free(worker: string): Promise<void> {
    const expire = this.#presence.expireSeconds
    await this.#database.transaction(async (all) => {
      const rows = await all(`UPDATE jobs SET ${freed} WHERE worker = $1 AND state = 'at work' RETURNING key`, worker)
      const keys = JSON.stringify(rows.map(({ key }) => String(key)))
      await all(`DELETE FROM jobs WHERE key IN ${listed('$2')} AND worker IS NULL AND NOT ${isWanted('$1')}`, expire, keys)
      await all(`SELECT ${notify('offered')}`)
    })
  }
}

const jsonIn = (text: unknown): Json => (typeof text === 'string' ? (JSON.parse(text) as Json) : null) // written by `canonical`
