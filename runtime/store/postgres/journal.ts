/** Runs and their logs in PostgreSQL. The stages of an unfinished run are read from its log. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { canonical } from '../../../dsl/check/canonical.ts'
import type { StageCounts } from '../../run-event.ts'
import {
  type Journal,
  type KnownStage,
  type KnownTarget,
  type LogLine,
  type NotedEvent,
  type PastOutcome,
  type RunBeginning,
  type RunEntry,
  type RunFinish,
  type RunStage,
  type RunStatus,
  type RunsAsked,
  type StageOutcome,
  stageOutcomes,
} from '../journal.ts'
import { isAlive, thisProcess } from '../process-identity.ts'
import type { Results } from '../results.ts'
import { stagesIn } from '../run-stages.ts'
import type { Database, Query } from './database.ts'
import { isDead, type Presence } from './presence.ts'
import type { IndexRow } from './row.ts'
import { noteUse } from './uses.ts'

/** Targets of other machines count as in use for this many days after they were last planned or run. */
const daysElsewhere = 90

interface Options {
  readonly database: Database
  readonly presence: Presence
  readonly results: Pick<Results, 'get'>
  readonly readOnly: boolean
  /** Name of this machine, stored with targets. Default: its hostname. */
  readonly host?: string
}

export class PostgresJournal implements Journal {
  readonly #database: Database
  readonly #presence: Presence
  readonly #results: Pick<Results, 'get'>
  readonly #readOnly: boolean
  readonly #host: string
  /** Number of log lines so far of active runs of this process. */
  readonly #lines = new Map<number, number>()

  constructor({ database, presence, results, readOnly, host = hostname() }: Options) {
    this.#database = database
    this.#presence = presence
    this.#results = results
    this.#readOnly = readOnly
    this.#host = host
  }

  async begin({ file, target, started }: RunBeginning): Promise<number> {
    const token = randomUUID()
    const run = await this.#database.transaction(async (all) => {
      await this.#presence.show(all)
      const [row] = await all(
        `INSERT INTO runs (token, holder, process, file, target, started) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (token) DO UPDATE SET token = excluded.token RETURNING id`,
        token,
        this.#presence.id,
        thisProcess(),
        file,
        target,
        started,
      )
      return Number(row!.id)
    })
    this.#lines.set(run, 0)
    this.#presence.begin(run)
    return run
  }

  async write(run: number, events: readonly NotedEvent[]): Promise<void> {
    const first = this.#lines.get(run)
    if (first === undefined) return
    this.#lines.set(run, first + events.length)
    const texts = await Promise.all(
      events.map(async ({ event, time }) => {
        const result = event.event === 'stage-done' ? await this.#results.get(event.key) : undefined
        return JSON.stringify({ time: new Date(time).toISOString(), ...event, ...(result === undefined ? {} : { result }) })
      }),
    )
    await this.#database.all(
      `INSERT INTO run_log (run, line, event) SELECT $1, line, event FROM json_to_recordset($2::json) AS lines (line integer, event text)
       ON CONFLICT DO NOTHING`,
      run,
      JSON.stringify(texts.map((event, i) => ({ line: first + i, event }))),
    )
  }

  async finish(run: number, { status, seconds, counts, stages, target }: RunFinish): Promise<void> {
    this.#lines.delete(run)
    await this.#database.transaction(async (all) => {
      await all(
        `INSERT INTO run_stages (run, position, path, key, kind, outcome, seconds, because)
         SELECT $1, position, path, key, kind, outcome, seconds, because
         FROM json_to_recordset($2::json) AS stages
           (position integer, path text, key text, kind text, outcome text, seconds double precision, because text)
         ON CONFLICT DO NOTHING`,
        run,
        JSON.stringify(stages.map((stage, position) => ({ ...stage, position }))),
      )
      const hits = stages.flatMap(({ path, key, outcome }) => (outcome === 'hit' && key !== null ? [{ path, key }] : []))
      await noteUse(all, hits)
      await this.#remember(all, target)
      const told = counts === null ? null : canonical({ ...counts })
      await all('UPDATE runs SET status = $1, counts = $2, seconds = $3 WHERE id = $4', status, told, seconds, run)
    })
    await this.#presence.end(run)
  }

  async runs({ status, file, most = Number.POSITIVE_INFINITY }: RunsAsked = {}): Promise<readonly RunEntry[]> {
    const rows = await this.#find('strpos(file, $2) > 0 ORDER BY id DESC', file ?? '')
    const all = rows.map(entryOf)
    return all.filter((run) => status === undefined || run.status === status).slice(0, most)
  }

  async run(id: number): Promise<RunEntry | undefined> {
    return (await this.#find('runs.id = $2', id)).map(entryOf)[0]
  }

  async stagesOf(run: number): Promise<readonly RunStage[]> {
    const rows = await this.#database.all('SELECT * FROM run_stages WHERE run = $1 ORDER BY position', run)
    if (rows.length === 0) return stagesIn(await this.readLog(run))
    return rows.map(({ path, key, kind, outcome, seconds, because }) => ({
      path: String(path),
      key: textOrNull(key),
      kind: String(kind),
      outcome: outcome as StageOutcome, // only `finish` writes this column
      seconds: Number(seconds),
      because: textOrNull(because),
    }))
  }

  async readLog(run: number): Promise<readonly LogLine[]> {
    const rows = await this.#database.all('SELECT event FROM run_log WHERE run = $1 ORDER BY line', run)
    return rows.map(({ event }) => JSON.parse(String(event)) as LogLine) // written by `write`
  }

  followLog(run: number): () => Promise<readonly LogLine[]> {
    let last = -1
    return async () => {
      const rows = await this.#database.all('SELECT line, event FROM run_log WHERE run = $1 AND line > $2 ORDER BY line', run, last)
      last = Number(rows.at(-1)?.line ?? last)
      return rows.map(({ event }) => JSON.parse(String(event)) as LogLine) // written by `write`
    }
  }

  whereIs(run: number): string {
    return `run ${run} in ${this.#database.shown}`
  }

  async outcomesOf(key: string): Promise<readonly PastOutcome[]> {
    const sql = 'SELECT run, outcome, because FROM run_stages WHERE key = $1 ORDER BY run DESC LIMIT 20'
    return (await this.#database.all(sql, key)).flatMap(({ run, outcome: text, because }) => {
      const outcome = stageOutcomes.find((each) => each === text)
      return outcome === undefined ? [] : [{ run: Number(run), outcome, because: textOrNull(because) }]
    })
  }

  async places(): Promise<readonly KnownStage[]> {
    const last = new Map<string, { readonly key: string; readonly run: number }>()
    const note = (path: string, key: string, run: number) => {
      if ((last.get(path)?.run ?? -1) < run) last.set(path, { key, run })
    }
    const ended = 'SELECT DISTINCT ON (path) path, key, run FROM run_stages WHERE key IS NOT NULL ORDER BY path, run DESC'
    for (const { path, key, run } of await this.#database.all(ended)) note(String(path), String(key), Number(run))
    for (const { id } of await this.#database.all('SELECT id FROM runs WHERE status IS NULL'))
      for (const { path, key } of await this.stagesOf(Number(id))) if (key !== null) note(path, key, Number(id))
    const planned = 'SELECT DISTINCT ON (path) path, key FROM places ORDER BY path, seen DESC'
    for (const { path, key } of await this.#database.all(planned)) note(String(path), String(key), 0)
    return [...last].map(([path, { key }]) => ({ path, key }))
  }

  async beginningWith(digits: string): Promise<readonly KnownStage[]> {
    const rows = await this.#database.all('SELECT DISTINCT key, path FROM run_stages WHERE left(key, length($1)) = $1', digits)
    return rows.map(({ key, path }) => ({ key: String(key), path: String(path) }))
  }

  async targets(): Promise<readonly KnownTarget[]> {
    const sql = `SELECT * FROM targets WHERE host = $1 OR seen > clock_timestamp() - make_interval(days => $2) ORDER BY file, target`
    return (await this.#database.all(sql, this.#host, daysElsewhere)).map(({ host, file, target, keys }) => ({
      file: String(file),
      target: String(target),
      keys: keysIn(keys),
      ...(host === this.#host ? {} : { elsewhere: true }),
    }))
  }

  async keysOf(file: string, target: string): Promise<KnownTarget['keys'] | undefined> {
    const sql = 'SELECT keys FROM targets WHERE host = $1 AND file = $2 AND target = $3'
    return (await this.#database.all(sql, this.#host, file, target)).map(({ keys }) => keysIn(keys))[0]
  }

  async remember(target: KnownTarget): Promise<void> {
    await this.#remember(this.#database.all, target)
  }

  /** `seen` is updated at most once a day. */
  async #remember(all: Query, { file, target, keys, host = this.#host }: KnownTarget): Promise<void> {
    if (this.#readOnly) return
    await all(
      `INSERT INTO targets (host, file, target, keys, seen) VALUES ($1, $2, $3, $4, clock_timestamp())
       ON CONFLICT (host, file, target) DO UPDATE SET keys = excluded.keys, seen = excluded.seen
       WHERE targets.keys <> excluded.keys OR targets.seen < excluded.seen - interval '1 day'`,
      host,
      file,
      target,
      canonical(keys),
    )
  }

  #find(where: string, value: string | number): Promise<readonly IndexRow[]> {
    return this.#database.all(
      `SELECT runs.*, ${isDead('$1')} AS silent FROM runs LEFT JOIN holders ON holders.id = runs.holder WHERE ${where}`,
      this.#presence.expireSeconds,
      value,
    )
  }
}

function entryOf({ id, file, target, started, status, seconds, counts, process, silent }: IndexRow): RunEntry {
  const goesOn = silent !== true && isAlive(String(process)) !== false
  return {
    id: Number(id),
    file: String(file),
    target: textOrNull(target),
    started: Number(started),
    status: typeof status === 'string' ? (status as RunStatus) : goesOn ? 'running' : 'killed', // only `finish` writes it
    seconds: seconds === null ? null : Number(seconds),
    stages: typeof counts === 'string' ? (JSON.parse(counts) as StageCounts) : null,
  }
}

const keysIn = (keys: unknown): KnownTarget['keys'] => JSON.parse(String(keys)) as KnownTarget['keys'] // written by `#remember`
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)
