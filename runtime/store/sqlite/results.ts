/** Results in the index; artifacts are checked before a result counts. */

import type { Json } from '../../../dsl/check/canonical.ts'
import { canonical } from '../../../dsl/check/canonical.ts'
import type { Numerics } from '../../../stdlib/engine.ts'
import { type Digest, isKey } from '../address.ts'
import type { CheckedArtifacts } from '../checked-artifacts.ts'
import type { KnownStage } from '../journal.ts'
import type { Lease } from '../leases.ts'
import { problems } from '../problems.ts'
import { jsonOf, resultOf } from '../result-row.ts'
import type {
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
import type { IndexDb } from './index-db.ts'
import { holds, remove } from './leases.ts'
import { epochWeights, noteTraining, trainingOf, trainingStates } from './training-states.ts'
import { noteUse } from './uses.ts'

export class SqliteResults implements Results {
  readonly #index: IndexDb
  readonly #artifacts: CheckedArtifacts

  constructor(index: IndexDb, artifacts: CheckedArtifacts) {
    this.#index = index
    this.#artifacts = artifacts
  }

  async find(key: string): Promise<FoundResult> {
    const [found] = await this.findMany([key])
    return found!
  }

  async findMany(keys: readonly string[]): Promise<readonly FoundResult[]> {
    const list = JSON.stringify(keys.map(checkedKey))
    const rows = this.#index.all('SELECT results.* FROM json_each(?) AS asked JOIN results ON results.key = asked.value', list)
    const stored = new Map(rows.map((row) => [String(row.key), resultOf(row, this.#index.file)]))
    await this.#artifacts.recall([...stored.values()].flatMap(({ artifact }) => artifact ?? []))
    const found: FoundResult[] = []
    for (const key of keys) {
      const result = stored.get(key)
      found.push(result === undefined ? { found: 'none' } : await this.#artifacts.soundnessOf(result))
    }
    return found
  }

  async put(result: StageResult, { lease, training }: Publication = {}): Promise<boolean> {
    const { key, kind, path, manifest, artifact, metrics, numerics, finished, seconds } = result
    let lost = false
    this.#index.transaction(() => {
      lost = lease !== undefined && !holds(this.#index, lease)
      if (lost) return
      if (lease !== undefined) remove(this.#index, lease)
      const before = this.#index.all('SELECT * FROM results WHERE key = ?', checkedKey(key))[0]
      const kept = before !== undefined && before.artifact === (artifact ?? null) ? resultOf(before, this.#index.file).snapshots : {}
      this.#index.run(
        'INSERT OR REPLACE INTO results (key, kind, path, manifest, artifact, snapshots, metrics, numerics, finished, seconds) VALUES (?,?,?,?,?,?,?,?,?,?)',
        key,
        kind,
        path,
        canonical(manifest),
        artifact ?? null,
        canonical({ ...kept, ...result.snapshots }),
        canonical(metrics),
        numerics === undefined ? null : canonical({ ...numerics }),
        finished,
        seconds,
      )
      if (training !== undefined) noteTraining(this.#index, result, training)
      noteUse(this.#index, [{ path, key }])
    })
    return !lost
  }

  async trainingStates(prefix: string, numerics: Numerics | undefined): Promise<readonly TrainingState[]> {
    const sound: TrainingState[] = []
    for (const { epoch, state, artifact } of trainingStates(this.#index, prefix, numerics)) {
      if ((await this.#artifacts.whatIsWrongWith(artifact)) !== undefined) continue
      sound.push({ epoch, artifact, state: state !== undefined && (await this.#artifacts.has(state)) ? state : undefined })
    }
    return sound
  }

  async trainingOf(result: StageResult): Promise<TrainingRecord | undefined> {
    return trainingOf(this.#index, result)
  }

  async earlierManifests(path: string): Promise<readonly Json[]> {
    const rows = this.#index.all(
      'SELECT manifest FROM places JOIN results USING (key) WHERE places.path = ? ORDER BY seen DESC, finished DESC LIMIT 16',
      path,
    )
    return rows.map((row) => jsonOf<Json>(row, 'manifest', this.#index.file))
  }

  async putMetrics(key: string, points: readonly MetricPoint[], lease?: Lease): Promise<void> {
    if (points.length === 0) return
    checkedKey(key)
    const write = () => {
      if (lease !== undefined && !holds(this.#index, lease)) return
      for (const { series, step, value } of points)
        this.#index.run('INSERT OR REPLACE INTO metrics (key, series, step, value) VALUES (?, ?, ?, ?)', key, series, step, value)
    }
    // They are in the checkpoints too, and on the disk before the result is.
    this.#index.transaction(write, { durable: false })
  }

  async metricsOf(key: string, series: string): Promise<readonly MetricPoint[]> {
    const rows = this.#index.all('SELECT step, value FROM metrics WHERE key = ? AND series = ? ORDER BY step', checkedKey(key), series)
    // SQLite keeps NaN as NULL.
    return rows.map(({ step, value }) => ({ series, step: Number(step), value: value === null ? Number.NaN : Number(value) }))
  }

  async seriesOf(key: string): Promise<readonly string[]> {
    const rows = this.#index.all('SELECT DISTINCT series FROM metrics WHERE key = ? ORDER BY series', checkedKey(key))
    return rows.map(({ series }) => String(series))
  }

  async get(key: string): Promise<StageResult | undefined> {
    const row = this.#index.all('SELECT * FROM results WHERE key = ?', key)[0]
    return row === undefined ? undefined : resultOf(row, this.#index.file)
  }

  async count(): Promise<number> {
    return Number(this.#index.all('SELECT count(*) AS results FROM results')[0]?.results)
  }

  whatIsWrongWith(artifact: Digest): Promise<string | undefined> {
    return this.#artifacts.whatIsWrongWith(artifact)
  }

  async epochWeights(key: string): Promise<{ readonly [epoch: string]: string }> {
    return epochWeights(this.#index, key)
  }

  async durations(kind: string, path?: string): Promise<readonly StageDuration[]> {
    const columns = "seconds, json_extract(manifest, '$.options') AS options"
    const rows =
      path === undefined
        ? this.#index.all(`SELECT ${columns} FROM results WHERE kind = ? LIMIT 200`, kind)
        : this.#index.all(
            `SELECT ${columns} FROM places JOIN results USING (key) WHERE places.path = ? AND kind = ? ORDER BY seen DESC LIMIT 1`,
            path,
            kind,
          )
    return rows.map((row) => ({ seconds: Number(row.seconds), options: jsonOf<Json>(row, 'options', this.#index.file) }))
  }

  async lastUsed(most: number): Promise<readonly UsedResult[]> {
    const rows = this.#index.all(
      `SELECT key, path, kind, json_extract(manifest, '$.inputs') AS inputs
       FROM (SELECT key, tick FROM uses ORDER BY tick DESC LIMIT ?) JOIN results USING (key) ORDER BY tick DESC`,
      most,
    )
    return rows.map((row) => ({
      key: String(row.key),
      path: String(row.path),
      kind: String(row.kind),
      inputs: jsonOf<Json>(row, 'inputs', this.#index.file),
    }))
  }

  async beginningWith(digits: string): Promise<readonly KnownStage[]> {
    const rows = this.#index.all(
      'SELECT key, path FROM results WHERE substr(key, 1, length(?1)) = ?1 OR substr(artifact, 8, length(?1)) = ?1',
      digits,
    )
    return rows.map(({ key, path }) => ({ key: String(key), path: String(path) }))
  }

  async makerOf(artifact: Digest): Promise<string | undefined> {
    const [made] = this.#index.all('SELECT path FROM results WHERE artifact = ? ORDER BY finished LIMIT 1', artifact)
    if (made !== undefined) return String(made.path)
    const [kept] = this.#index.all('SELECT path FROM results WHERE instr(snapshots, ?) > 0 ORDER BY finished LIMIT 1', artifact)
    return kept === undefined ? undefined : String(kept.path)
  }
}

function checkedKey(key: string): string {
  if (!isKey(key)) throw problems.badKey(key)
  return key
}
