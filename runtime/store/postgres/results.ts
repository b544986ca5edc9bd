/** Results in PostgreSQL; a result is returned as sound only after its artifacts were checked. */

import type { Json } from '../../../dsl/check/canonical.ts'
import { canonical } from '../../../dsl/check/canonical.ts'
import type { Numerics } from '../../../stdlib/engine.ts'
import { checkedKey, type Digest } from '../address.ts'
import type { CheckedArtifacts } from '../checked-artifacts.ts'
import { Gathered } from '../gathered.ts'
import type { KnownStage } from '../journal.ts'
import type { Lease } from '../leases.ts'
import type {
  Curve,
  CurveAsked,
  FoundResult,
  MetricPoint,
  Publication,
  Results,
  StageDuration,
  StageResult,
  TrainingRecord,
  TrainingState,
  UsedResult,
} from '../results.ts'
import type { Database } from './database.ts'
import { remove } from './leases.ts'
import { type IndexRow, jsonOf, resultOf } from './row.ts'
import { epochWeights, noteTraining, trainingOf, trainingStates } from './training-states.ts'
import { noted, noteUse } from './uses.ts'

const ofKeys = 'SELECT * FROM results WHERE key IN (SELECT json_array_elements_text($1::json))'
const insertResult = 'INSERT INTO results (key, kind, path, manifest, artifact, snapshots, metrics, numerics, finished, seconds, lease)'
const resultValues =
  '$1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::bigint, $10::double precision, $11::text'

/** Columns of a `StageDuration`. */
const duration = "seconds, (manifest::json -> 'options')::text AS options"

export class PostgresResults implements Results {
  readonly #database: Database
  readonly #artifacts: CheckedArtifacts
  readonly #finds = new Gathered((keys: readonly string[]) => this.findMany(keys))
  readonly #gets = new Gathered((keys: readonly string[]) => this.#getAll(keys))

  constructor(database: Database, artifacts: CheckedArtifacts) {
    this.#database = database
    this.#artifacts = artifacts
  }

  async find(key: string): Promise<FoundResult> {
    return this.#finds.do(checkedKey(key))
  }

  async findMany(keys: readonly string[]): Promise<readonly FoundResult[]> {
    const asked = JSON.stringify([...new Set(keys.map(checkedKey))])
    const rows = await this.#database.all(ofKeys, asked)
    const stored = new Map(rows.map((row) => [String(row.key), this.#resultOf(row)]))
    return this.#artifacts.found(keys, stored)
  }

  async put(result: StageResult, { lease, training }: Publication = {}): Promise<boolean> {
    const { key, kind, path, manifest, artifact, metrics, numerics, finished, seconds } = result
    checkedKey(key)
    const under = lease === undefined ? null : `${lease.holder} ${lease.fence}`
    const texts = { manifest: canonical(manifest), metrics: canonical(metrics) }
    const row = (snapshots: StageResult['snapshots']) => [
      ...[key, kind, path, texts.manifest, artifact ?? null, canonical({ ...snapshots }), texts.metrics],
      ...[numerics === undefined ? null : canonical({ ...numerics }), Math.round(finished), seconds, under],
    ]
    if (training === undefined && lease !== undefined) {
      // Usually the result is new; then one statement suffices.
      const insert = `${insertResult} SELECT ${resultValues} FROM lease ON CONFLICT DO NOTHING RETURNING path, key`
      const fresh = await this.#database.all(
        `WITH lease AS (
             DELETE FROM leases WHERE key = $1 AND holder = $12 AND fence = $13 AND NOT EXISTS (SELECT FROM results WHERE results.key = $1)
             RETURNING key),
           kept AS (${insert}), ${noted('kept')}
         SELECT key FROM kept`,
        ...row(result.snapshots),
        lease.holder,
        lease.fence,
      )
      if (fresh.length > 0) return true
    }
    return this.#database.transaction(async (all) => {
      const held = lease === undefined || (await remove(all, lease))
      const [before] = await all('SELECT * FROM results WHERE key = $1 FOR UPDATE', key)
      // If the row has this lease, the result was published and only the response was lost.
      if (!held) return before?.lease === under
      const kept = before !== undefined && before.artifact === (artifact ?? null) ? this.#resultOf(before).snapshots : {}
      await all(
        `${insertResult} VALUES (${resultValues})
         ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, path = excluded.path, manifest = excluded.manifest, artifact = excluded.artifact,
           snapshots = excluded.snapshots, metrics = excluded.metrics, numerics = excluded.numerics, finished = excluded.finished,
           seconds = excluded.seconds, lease = excluded.lease`,
        ...row({ ...kept, ...result.snapshots }),
      )
      if (training !== undefined) await noteTraining(all, result, training)
      await noteUse(all, [{ path, key }])
      return true
    })
  }

  async trainingStates(prefix: string, numerics: Numerics | undefined): Promise<readonly TrainingState[]> {
    return this.#artifacts.soundStates(await trainingStates(this.#database.all, prefix, numerics))
  }

  trainingOf(result: StageResult): Promise<TrainingRecord | undefined> {
    return trainingOf(this.#database.all, result)
  }

  async earlierManifests(paths: readonly string[]): Promise<readonly (readonly Json[])[]> {
    const rows = await this.#database.all(
      `SELECT asked.path, manifest FROM (SELECT DISTINCT json_array_elements_text($1::json) AS path) AS asked CROSS JOIN LATERAL (
         SELECT manifest, seen, finished FROM places JOIN results USING (key) WHERE places.path = asked.path
         ORDER BY seen DESC, finished DESC LIMIT 16) AS recent ORDER BY seen DESC, finished DESC`,
      JSON.stringify(paths),
    )
    const byPath = Map.groupBy(rows, ({ path }) => String(path))
    return paths.map((path) => (byPath.get(path) ?? []).map((row) => jsonOf<Json>(row, 'manifest', this.#database.shown)))
  }

  async putMetrics(key: string, points: readonly MetricPoint[], lease?: Lease): Promise<void> {
    if (points.length === 0) return
    // For repeated steps the last value is kept; values are sent as text, since JSON has neither NaN nor infinity.
    const last = new Map(points.map(({ series, step, value }) => [`${step} ${series}`, { series, step, value: String(value) }]))
    await this.#database.all(
      `INSERT INTO metrics SELECT $1, series, step, value::double precision
       FROM json_to_recordset($2::json) AS points (series text, step double precision, value text)
       WHERE $3::text IS NULL OR EXISTS (SELECT FROM leases WHERE key = $1 AND holder = $3 AND fence = $4::bigint)
       ON CONFLICT (key, series, step) DO UPDATE SET value = excluded.value`,
      checkedKey(key),
      JSON.stringify([...last.values()]),
      lease?.holder ?? null,
      lease?.fence ?? null,
    )
  }

  async metricsOf(key: string, series: string): Promise<readonly MetricPoint[]> {
    const sql = 'SELECT step, value FROM metrics WHERE key = $1 AND series = $2 ORDER BY step'
    const rows = await this.#database.all(sql, checkedKey(key), series)
    return rows.map(({ step, value }) => ({ series, step: Number(step), value: Number(value) }))
  }

  async curveOf(key: string, series: string, { from, to, most }: CurveAsked): Promise<Curve> {
    const of = [checkedKey(key), series] as const
    const ends = 'SELECT count(*) AS points, min(step) AS first, max(step) AS last FROM metrics WHERE key = $1 AND series = $2'
    const [whole] = await this.#database.all(ends, ...of)
    const [first, last] = [Math.max(from ?? 0, Number(whole?.first)), Math.min(to ?? Number.MAX_SAFE_INTEGER, Number(whole?.last))]
    const width = Math.max(1, Math.ceil((last - first + 1) / most))
    const sql = `SELECT min(step) AS step, avg(value) AS mean, min(value) AS low, max(value) AS high FROM metrics
      WHERE key = $1 AND series = $2 AND step BETWEEN $3 AND $4 AND value <> 'NaN' GROUP BY floor((step - $3) / $5) ORDER BY 1`
    const rows = await this.#database.all(sql, ...of, first, last, width)
    const pieces = rows.map(({ step, mean, low, high }) => ({
      step: Number(step),
      mean: Number(mean),
      low: Number(low),
      high: Number(high),
    }))
    return { points: Number(whole?.points ?? 0), pieces }
  }

  async seriesOf(key: string): Promise<readonly string[]> {
    const rows = await this.#database.all(
      'SELECT DISTINCT series COLLATE "C" AS series FROM metrics WHERE key = $1 ORDER BY 1',
      checkedKey(key),
    )
    return rows.map(({ series }) => String(series))
  }

  get(key: string): Promise<StageResult | undefined> {
    return this.#gets.do(key)
  }

  async #getAll(keys: readonly string[]): Promise<readonly (StageResult | undefined)[]> {
    const rows = await this.#database.all(ofKeys, JSON.stringify([...new Set(keys)]))
    const known = new Map(rows.map((row) => [String(row.key), this.#resultOf(row)]))
    return keys.map((key) => known.get(key))
  }

  async count(): Promise<number> {
    return Number((await this.#database.all('SELECT count(*) AS results FROM results'))[0]?.results)
  }

  whatIsWrongWith(artifact: Digest): Promise<string | undefined> {
    return this.#artifacts.whatIsWrongWith(artifact)
  }

  epochWeights(key: string): Promise<{ readonly [epoch: string]: string }> {
    return epochWeights(this.#database.all, key)
  }

  async lastDurations(places: Parameters<Results['lastDurations']>[0]): ReturnType<Results['lastDurations']> {
    const rows = await this.#database.all(
      `SELECT asked.number, last.* FROM json_to_recordset($1::json) AS asked (number integer, path text, kind text) CROSS JOIN LATERAL (
         SELECT ${duration} FROM places JOIN results USING (key) WHERE places.path = asked.path AND results.kind = asked.kind
         ORDER BY seen DESC LIMIT 1) AS last`,
      JSON.stringify(places.map(({ path, kind }, number) => ({ number, path, kind }))),
    )
    const known = new Map(rows.map((row) => [Number(row.number), this.#durationOf(row)]))
    return places.map((_, number) => known.get(number))
  }

  async durations(kind: string): Promise<readonly StageDuration[]> {
    const rows = await this.#database.all(`SELECT ${duration} FROM results WHERE kind = $1 ORDER BY key LIMIT 200`, kind)
    return rows.map((row) => this.#durationOf(row))
  }

  async lastUsed(most: number): Promise<readonly UsedResult[]> {
    const rows = await this.#database.all(
      `SELECT key, path, kind, (manifest::json -> 'inputs')::text AS inputs
       FROM (SELECT key, tick FROM uses ORDER BY tick DESC LIMIT $1) AS used JOIN results USING (key) ORDER BY tick DESC`,
      most,
    )
    return rows.map((row) => ({
      key: String(row.key),
      path: String(row.path),
      kind: String(row.kind),
      inputs: jsonOf<Json>(row, 'inputs', this.#database.shown),
    }))
  }

  async beginningWith(digits: string): Promise<readonly KnownStage[]> {
    const sql = 'SELECT key, path FROM results WHERE left(key, length($1)) = $1 OR substr(artifact, 8, length($1)) = $1'
    return (await this.#database.all(sql, digits)).map(({ key, path }) => ({ key: String(key), path: String(path) }))
  }

  async makerOf(artifact: Digest): Promise<string | undefined> {
    const made = await this.#database.all('SELECT path FROM results WHERE artifact = $1 ORDER BY finished LIMIT 1', artifact)
    const kept = 'SELECT path FROM results WHERE strpos(snapshots, $1) > 0 ORDER BY finished LIMIT 1'
    const [row] = made.length > 0 ? made : await this.#database.all(kept, artifact)
    return row === undefined ? undefined : String(row.path)
  }

  #durationOf(row: IndexRow): StageDuration {
    return { seconds: Number(row.seconds), options: jsonOf<Json>(row, 'options', this.#database.shown) }
  }

  #resultOf(row: IndexRow): StageResult {
    return resultOf(row, this.#database.shown)
  }
}
