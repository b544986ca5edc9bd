/**
 * Which stage a worker gets: the run with the fewest active jobs comes first, and within a run the first arm. Only the first waiting stage
 * of each run and queue is read, through an index (`jobs_in_turn`), so the cost does not depend on how many are waiting.
 */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { TakenJob, WorkerAbilities } from '../shared-work.ts'
import type { Query } from './database.ts'
import type { Presence } from './presence.ts'
import { isWanted } from './wanted.ts'

const lane = (of: string): string => `${of}.run, ${of}.queue, ${of}.version, coalesce(${of}.numerics, '')`
const waits = "jobs.state = 'waits'"
const inTurn = 'jobs.arm, jobs.depth DESC, jobs.offered'

/** $1 expiry, $2 queues, $3 version, $4 numerics, $5 lanes already tried, $6 and $7 this process. */
const sql = (presence: Presence): string => `
  WITH RECURSIVE lanes AS (
    (SELECT run, queue, version, coalesce(numerics, '') AS numerics FROM jobs WHERE ${waits} ORDER BY ${lane('jobs')} LIMIT 1)
    UNION ALL
    SELECT next.* FROM lanes CROSS JOIN LATERAL (
      SELECT run, queue, version, coalesce(numerics, '') FROM jobs
      WHERE ${waits} AND (${lane('jobs')}) > (lanes.run, lanes.queue, lanes.version, lanes.numerics) ORDER BY ${lane('jobs')} LIMIT 1) AS next
  ),
  chosen AS (
    SELECT lanes.*, lanes.run || ' ' || lanes.queue || ' ' || lanes.numerics AS name FROM lanes CROSS JOIN LATERAL (
      SELECT arm, depth, offered FROM jobs
      WHERE ${waits} AND (${lane('jobs')}) = (lanes.run, lanes.queue, lanes.version, lanes.numerics) AND ${isWanted('$1')}
      ORDER BY ${inTurn} LIMIT 1) AS first
    WHERE lanes.queue IN (SELECT json_array_elements_text($2::json)) AND lanes.version = $3 AND lanes.numerics IN ('', $4)
      AND lanes.run || ' ' || lanes.queue || ' ' || lanes.numerics NOT IN (SELECT json_array_elements_text($5::json))
    ORDER BY (SELECT count(*) FROM jobs WHERE jobs.run = lanes.run AND jobs.state = 'at work'),
      first.arm, first.depth DESC, first.offered LIMIT 1
  ),
  next AS (
    SELECT key FROM jobs
    WHERE ${waits} AND run = (SELECT run FROM chosen) AND queue = (SELECT queue FROM chosen) AND version = (SELECT version FROM chosen)
      AND coalesce(numerics, '') = (SELECT numerics FROM chosen) AND ${isWanted('$1')}
    ORDER BY ${inTurn} LIMIT 1 FOR UPDATE OF jobs SKIP LOCKED
  ),
  shown AS (${presence.shown('$6', '$7', 'next')}),
  taken AS (
    UPDATE jobs SET worker = $6, claim = nextval('claims'), taken = clock(), told = NULL FROM next WHERE jobs.key = next.key
    RETURNING jobs.key, ask, claim
  )
  SELECT chosen.name, taken.* FROM chosen LEFT JOIN taken ON true`

export async function takeFirst(
  all: Query,
  presence: Presence,
  { queues, version, numerics }: WorkerAbilities,
): Promise<TakenJob | undefined> {
  const statement = sql(presence)
  const tried: string[] = []
  for (;;) {
    const [row] = await all(
      statement,
      presence.expireSeconds,
      JSON.stringify(queues),
      version,
      numerics,
      JSON.stringify(tried),
      presence.id,
      presence.process,
    )
    if (row === undefined) return undefined
    if (row.key !== null) return { key: String(row.key), ask: JSON.parse(String(row.ask)) as Json, claim: Number(row.claim) } // `offer` wrote it
    // Concurrent workers have locked every candidate in this lane.
    tried.push(String(row.name))
  }
}
