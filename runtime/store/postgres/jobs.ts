/**
 * Jobs in PostgreSQL: one row a stage that is ready, however many runs want it. A table of our own and not a queue of a library's: runs take turns
 * in it, a job is called off when its last run goes, and several runs share one. Whoever takes a job holds the stage's lease too: a
 * worker that was taken for dead loses both, and publishes nothing.
 */
import { canonical, type Json } from '../../../dsl/check/canonical.ts'
import { isAlive } from '../process-identity.ts'
import type { JobOffer, JobState, Jobs, TakenJob, WorkerAbilities } from '../shared-work.ts'
import type { Database, Query } from './database.ts'
import { processNamed } from './leases.ts'
import { isDead, type Presence } from './presence.ts'

export const jobsChannel = 'espalier_jobs'
const notify = (all: Query) => all('SELECT pg_notify($1, $2)', jobsChannel, '')

/** Whoever wants a job lives: a process, or a run that goes on without one. @param expire the parameter with the seconds */
const isWanted = (expire: string): string =>
  `EXISTS (SELECT FROM wanted LEFT JOIN holders ON holders.id = wanted.wanter
     WHERE wanted.key = jobs.key AND (NOT ${isDead(expire)} OR wanted.wanter IN (SELECT id FROM coordinations)))`

export class PostgresJobs implements Jobs {
  readonly #database: Database
  readonly #presence: Presence
  /** When this machine's dead were last looked for. */
  #buried = Number.NEGATIVE_INFINITY

  constructor(database: Database, presence: Presence) {
    this.#database = database
    this.#presence = presence
  }

  async offer(wanter: string, { key, queue, version, numerics, run, arm, depth, ask, bundle }: JobOffer): Promise<void> {
    await this.#database.transaction(async (all) => {
      await this.#presence.show(all)
      await all('INSERT INTO wanted (key, wanter) VALUES ($1, $2) ON CONFLICT DO NOTHING', key, wanter)
      await all(
        `INSERT INTO jobs (key, queue, version, numerics, run, arm, depth, ask, bundle, offered) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock())
         ON CONFLICT (key) DO UPDATE SET queue = excluded.queue, version = excluded.version, numerics = excluded.numerics, run = excluded.run,
           arm = excluded.arm, depth = excluded.depth, ask = excluded.ask, bundle = excluded.bundle,
           worker = NULL, claim = NULL, taken = NULL, told = NULL, outcome = NULL
         WHERE jobs.worker IS NULL OR jobs.outcome IS NOT NULL`,
        key,
        queue,
        version,
        numerics,
        run,
        arm,
        depth,
        canonical(ask),
        bundle,
      )
      await notify(all)
    })
    this.#presence.begin(this)
  }

  async drop(wanter: string, keys: readonly string[]): Promise<void> {
    const list = JSON.stringify(keys)
    await this.#database.transaction(async (all) => {
      await all('DELETE FROM wanted WHERE wanter = $1 AND key IN (SELECT json_array_elements_text($2::json))', wanter, list)
      await this.#forget(all, 'key IN (SELECT json_array_elements_text($2::json))', list)
      await notify(all)
    })
  }

  async look(wanter: string): Promise<readonly JobState[]> {
    const rows = await this.#database.all(
      `SELECT jobs.key, process, told, outcome FROM wanted JOIN jobs USING (key) LEFT JOIN holders ON holders.id = jobs.worker
       WHERE wanter = $1 AND jobs.worker IS NOT NULL`,
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
    return Number((await this.#database.all('SELECT count(*) AS jobs FROM jobs WHERE worker IS NULL'))[0]?.jobs)
  }

  /** The run that has fewest at work comes first. */
  async take({ queues, version, numerics }: WorkerAbilities): Promise<TakenJob | undefined> {
    await this.#bury()
    return this.#database.transaction(async (all) => {
      const [row] = await all(
        `WITH busy AS (SELECT run, count(*) AS jobs FROM jobs WHERE worker IS NOT NULL AND outcome IS NULL GROUP BY run)
         SELECT jobs.key, jobs.ask FROM jobs LEFT JOIN holders ON holders.id = jobs.worker LEFT JOIN busy ON busy.run = jobs.run
         WHERE outcome IS NULL AND queue IN (SELECT json_array_elements_text($1::json)) AND version = $2 AND coalesce(numerics, $3) = $3
           AND (jobs.worker IS NULL OR (${isDead('$4')})) AND ${isWanted('$4')}
         ORDER BY coalesce(busy.jobs, 0), arm, depth DESC, offered LIMIT 1 FOR UPDATE OF jobs SKIP LOCKED`,
        JSON.stringify(queues),
        version,
        numerics,
        this.#presence.expireSeconds,
      )
      if (row === undefined) return undefined
      await this.#presence.show(all)
      const [taken] = await all(
        `UPDATE jobs SET worker = $1, claim = nextval('claims'), taken = clock(), told = NULL WHERE key = $2 RETURNING claim`,
        this.#presence.id,
        String(row.key),
      )
      return { key: String(row.key), ask: jsonIn(row.ask), claim: Number(taken!.claim) }
    })
  }

  async standing(): ReturnType<Jobs['standing']> {
    const rows = await this.#database.all(
      `SELECT claim, ${isWanted('$1')} AS wanted FROM jobs WHERE worker = $2 AND outcome IS NULL`,
      this.#presence.expireSeconds,
      this.#presence.id,
    )
    return rows.map(({ claim, wanted }) => ({ claim: Number(claim), wanted: wanted === true }))
  }

  async tell(claim: number, told: Json): Promise<void> {
    const sql = 'UPDATE jobs SET told = $1 WHERE claim = $2 AND outcome IS NULL'
    await this.#database.all(sql, canonical(told), claim)
  }

  async end(claim: number, outcome: Json): Promise<void> {
    await this.#database.transaction(async (all) => {
      await all('UPDATE jobs SET outcome = $1 WHERE claim = $2 AND outcome IS NULL', canonical(outcome), claim)
      await this.#forget(all, 'claim = $2::bigint', claim)
      await notify(all)
    })
  }

  async handBack(claim: number): Promise<void> {
    await this.#database.transaction(async (all) => {
      const sql =
        'UPDATE jobs SET worker = NULL, claim = NULL, taken = NULL, told = NULL WHERE claim = $1 AND outcome IS NULL RETURNING key'
      const [row] = await all(sql, claim)
      if (row !== undefined) await this.#forget(all, 'key = $2', String(row.key))
      await notify(all)
    })
  }

  async tidy(): Promise<void> {
    await this.#database.transaction(async (all) => {
      await all(
        `DELETE FROM wanted WHERE wanter NOT IN (SELECT id FROM coordinations)
         AND NOT EXISTS (SELECT FROM holders WHERE holders.id = wanted.wanter AND NOT ${isDead('$1')})`,
        this.#presence.expireSeconds,
      )
      await this.#forget(all, '$2', true)
    })
  }

  close(): Promise<void> {
    return this.#presence.end(this)
  }

  /** Those that nobody wants, and no living worker has. */
  async #forget(all: Query, where: string, value: string | number | boolean): Promise<void> {
    await all(
      `DELETE FROM jobs WHERE ${where} AND NOT ${isWanted('$1')}
       AND (outcome IS NOT NULL OR NOT EXISTS (SELECT FROM holders WHERE holders.id = jobs.worker AND NOT ${isDead('$1')}))`,
      this.#presence.expireSeconds,
      value,
    )
  }

  /** Workers that this machine knows to be gone need not be waited for. */
  async #bury(): Promise<void> {
    if (performance.now() - this.#buried < 1000) return
    this.#buried = performance.now()
    const rows = await this.#database.all(
      'SELECT DISTINCT holders.id, process FROM holders JOIN jobs ON jobs.worker = holders.id WHERE outcome IS NULL',
    )
    const gone = rows.flatMap(({ id, process }) => (isAlive(String(process)) === false ? [String(id)] : []))
    const free = 'UPDATE jobs SET worker = NULL, claim = NULL, taken = NULL, told = NULL WHERE worker = $1 AND outcome IS NULL'
    for (const id of gone) await this.#database.all(free, id)
  }
}

const jsonIn = (text: unknown): Json => (typeof text === 'string' ? (JSON.parse(text) as Json) : null) // written by `canonical`
