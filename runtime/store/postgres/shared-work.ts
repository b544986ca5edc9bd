/** Cooperation between machines, in PostgreSQL: workers, detached runs, code bundles. Stages are in `jobs.ts`. */
import { canonical, type Json } from '../../../dsl/check/canonical.ts'
import {
  type Bundles,
  type Coordination,
  type Coordinations,
  type Crew,
  type CrewMember,
  type DataSets,
  type JobNews,
  jobNews,
  type SharedWork,
  type WorkerFacts,
} from '../shared-work.ts'
import type { Database, Query } from './database.ts'
import { jobsChannel, PostgresJobs } from './jobs.ts'
import { isGone, processNamed } from './leases.ts'
import { isDead, type Presence } from './presence.ts'

export function sharedWork(database: Database, presence: Presence, dataSets: DataSets): SharedWork {
  return {
    me: presence.id,
    jobs: new PostgresJobs(database, presence),
    crew: new PostgresCrew(database, presence),
    coordinations: new PostgresCoordinations(database, presence),
    bundles: bundlesIn(database),
    dataSets,
    listen: (heard) => database.listen(jobsChannel, (payload) => heard(jobNews.find((news): news is JobNews => news === payload))),
  }
}

class PostgresCrew implements Crew {
  readonly #database: Database
  readonly #presence: Presence

  constructor(database: Database, presence: Presence) {
    this.#database = database
    this.#presence = presence
  }

  async join(facts: WorkerFacts): Promise<void> {
    await this.#database.transaction(async (all) => {
      await this.#presence.show(all)
      const sql = 'INSERT INTO workers (id, facts, since) VALUES ($1, $2, clock()) ON CONFLICT (id) DO UPDATE SET facts = excluded.facts'
      await all(sql, this.#presence.id, canonical({ ...facts }))
      const dead = `SELECT workers.id FROM workers LEFT JOIN holders ON holders.id = workers.id WHERE ${isDead('$1')}`
      await all(`DELETE FROM workers WHERE id IN (${dead})`, this.#presence.expireSeconds)
    })
    this.#presence.begin(this)
  }

  async leave(): Promise<void> {
    await this.#database.all('DELETE FROM workers WHERE id = $1', this.#presence.id)
    await this.#presence.end(this)
  }

  async members(): Promise<readonly CrewMember[]> {
    const ms = (time: string) => `(extract(epoch FROM ${time}) * 1000)::bigint`
    const rows = await this.#database.all(
      `SELECT workers.id, facts, process, false AS silent, ${ms('workers.since')} AS since, ${ms('clock()')} AS now,
         (SELECT coalesce(json_agg(json_build_object('path', ask::json -> 'stage' ->> 'path', 'since', ${ms('taken')}) ORDER BY taken), '[]')::text
          FROM jobs WHERE worker = workers.id AND state = 'at work') AS jobs
       FROM workers JOIN holders ON holders.id = workers.id WHERE NOT ${isDead('$1')} ORDER BY workers.since, workers.id`,
      this.#presence.expireSeconds,
    )
    return rows
      .filter((row) => !isGone(row))
      .map(({ id, facts, process, since, now, jobs }) => ({
        id: String(id),
        by: processNamed(process),
        facts: JSON.parse(String(facts)) as WorkerFacts, // written by `join`
        since: Number(since),
        now: Number(now),
        jobs: JSON.parse(String(jobs)) as CrewMember['jobs'], // as the query makes it
      }))
  }
}

class PostgresCoordinations implements Coordinations {
  readonly #database: Database
  readonly #presence: Presence

  constructor(database: Database, presence: Presence) {
    this.#database = database
    this.#presence = presence
  }

  async add(run: Parameters<Coordinations['add']>[0]): Promise<void> {
    const sql = 'INSERT INTO coordinations (id, file, target, request, since) VALUES ($1, $2, $3, $4, clock()) ON CONFLICT DO NOTHING'
    await this.#database.transaction(async (all) => {
      await all(sql, run.id, run.file, run.target, canonical(run.request))
      await all('SELECT pg_notify($1, $2)', jobsChannel, 'offered' satisfies JobNews)
    })
  }

  async take(): Promise<Coordination | undefined> {
    // Every worker polls once a second, and usually there is none.
    const free = await this.#free(this.#database.all)
    if (free === undefined) return undefined
    return this.#database.transaction(async (all) => {
      // Another worker may have it by now.
      const [locked] = await all('SELECT id FROM coordinations WHERE id = $1 FOR UPDATE SKIP LOCKED', free)
      if (locked === undefined || (await this.#free(all)) !== free) return undefined
      const [taken] = await all('UPDATE coordinations SET holder = $1 WHERE id = $2 RETURNING request', this.#presence.id, free)
      return { id: free, request: JSON.parse(String(taken!.request)) as Json } // written by `add`
    })
  }

  /** The id of the oldest without a coordinator, or with a dead one. */
  async #free(all: Query): Promise<string | undefined> {
    const rows = await all(
      `SELECT coordinations.id, holder, process, ${isDead('$1')} AS silent
       FROM coordinations LEFT JOIN holders ON holders.id = holder ORDER BY coordinations.since`,
      this.#presence.expireSeconds,
    )
    const free = rows.find((row) => row.holder !== this.#presence.id && (row.holder === null || isGone(row)))
    return free === undefined ? undefined : String(free.id)
  }

  async held(): Promise<ReadonlySet<string>> {
    const rows = await this.#database.all('SELECT id FROM coordinations WHERE holder = $1', this.#presence.id)
    return new Set(rows.map(({ id }) => String(id)))
  }

  async handBack(id: string): Promise<void> {
    await this.#database.all('UPDATE coordinations SET holder = NULL WHERE id = $1 AND holder = $2', id, this.#presence.id)
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#database.all('DELETE FROM coordinations WHERE id = $1 RETURNING id', id)).length > 0
  }

  async all(): ReturnType<Coordinations['all']> {
    const rows = await this.#database.all(
      `SELECT coordinations.*, process, ${isDead('$1')} AS silent, (extract(epoch FROM since) * 1000)::bigint AS began
       FROM coordinations LEFT JOIN holders ON holders.id = holder ORDER BY since`,
      this.#presence.expireSeconds,
    )
    return rows.map((row) => ({
      id: String(row.id),
      file: String(row.file),
      target: String(row.target),
      by: row.holder === null || isGone(row) ? null : processNamed(row.process),
      since: Number(row.began),
    }))
  }
}

/** Kept for a day after they were last put, and for as long as a job or a detached run references them. */
const bundlesIn = (database: Database): Bundles => ({
  async put(digest, content) {
    await database.all(
      `INSERT INTO bundles (digest, content, used) VALUES ($1, $2, clock()) ON CONFLICT (digest) DO UPDATE SET used = excluded.used`,
      digest,
      Buffer.from(content).toString('base64'),
    )
    await database.all(
      `DELETE FROM bundles WHERE used < clock() - interval '1 day' AND NOT EXISTS (SELECT FROM jobs WHERE bundle = digest)
         AND NOT EXISTS (SELECT FROM coordinations WHERE strpos(request, digest) > 0)`,
    )
  },
  async get(digest) {
    const [row] = await database.all('SELECT content FROM bundles WHERE digest = $1', digest)
    return row === undefined ? undefined : Buffer.from(String(row.content), 'base64')
  },
})
