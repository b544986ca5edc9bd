/** Results in the index; a result is returned as sound only after its artifacts were checked. */

import type { Json } from '../../../dsl/check/canonical.ts'
import { canonical } from '../../../dsl/check/canonical.ts'
import type { Numerics } from '../../../stdlib/engine.ts'
import { checkedKey, type Digest } from '../address.ts'
import type { CheckedArtifacts } from '../checked-artifacts.ts'
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
import { curveAt, forgetOverviews, noteOverviews, seriesOf } from './curves.ts'
import type { IndexDb } from './index-db.ts'
import { holds, remove } from './leases.ts'
import { columnsOf, type RowOf } from './tables.ts'
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
    const rows = this.#index.read('results', resultColumns, 'FROM json_each(?) AS asked JOIN results ON results.key = asked.value', list)
    const stored = new Map(rows.map((row) => [row.key, resultOf(row)]))
    return this.#artifacts.found(keys, stored)
  }

  async put(result: StageResult, { lease, training }: Publication = {}): Promise<boolean> {
    const { key, kind, path, manifest, artifact, metrics, numerics, finished, seconds } = result
    let lost = false
    this.#index.transaction(() => {
      lost = lease !== undefined && !holds(this.#index, lease)
      if (lost) return
      if (lease !== undefined) remove(this.#index, lease)
      const before = resultAt(this.#index, checkedKey(key))
      const kept = before?.artifact === artifact ? before?.snapshots : {}
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
      noteOverviews(this.#index, key)
      noteUse(this.#index, [{ path, key }])
    })
    return !lost
  }

  async trainingStates(prefix: string, numerics: Numerics | undefined): Promise<readonly TrainingState[]> {
    return this.#artifacts.soundStates(trainingStates(this.#index, prefix, numerics))
  }

  async trainingOf(result: StageResult): Promise<TrainingRecord | undefined> {
    return trainingOf(this.#index, result)
  }

  async earlierManifests(paths: readonly string[]): Promise<readonly (readonly Json[])[]> {
    const rest = 'FROM places JOIN results USING (key) WHERE places.path = ? ORDER BY seen DESC, finished DESC LIMIT 16'
    return paths.map((path) => this.#index.read('results', ['manifest'], rest, path).map(({ manifest }) => manifest))
  }

  async putMetrics(key: string, points: readonly MetricPoint[], lease?: Lease): Promise<void> {
    if (points.length === 0) return
    checkedKey(key)
    const write = () => {
      if (lease !== undefined && !holds(this.#index, lease)) return
      forgetOverviews(this.#index, key)
      for (const { series, step, value } of points)
        this.#index.run('INSERT OR REPLACE INTO metrics (key, series, step, value) VALUES (?, ?, ?, ?)', key, series, step, value)
    }
    // Need not be durable: the points are also in the checkpoints, and become durable before the result.
    this.#index.transaction(write, { durable: false })
  }

  async metricsOf(key: string, series: string): Promise<readonly MetricPoint[]> {
    const rest = 'FROM metrics WHERE key = ? AND series = ? ORDER BY step'
    const rows = this.#index.read('metrics', ['step', 'value'], rest, checkedKey(key), series)
    return rows.map(({ step, value }) => ({ series, step, value: value ?? Number.NaN }))
  }

  async curveOf(key: string, series: string, asked: CurveAsked): Promise<Curve> {
    return curveAt(this.#index, checkedKey(key), series, asked)
  }

  async seriesOf(key: string): Promise<readonly string[]> {
    return seriesOf(this.#index, checkedKey(key))
  }

  async get(key: string): Promise<StageResult | undefined> {
    return resultAt(this.#index, key)
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

  async lastDurations(places: Parameters<Results['lastDurations']>[0]): ReturnType<Results['lastDurations']> {
    const rest = 'FROM places JOIN results USING (key) WHERE places.path = ? AND kind = ? ORDER BY seen DESC LIMIT 1'
    return places.map(({ path, kind }) => this.#durations(rest, path, kind).at(0))
  }

  async durations(kind: string): Promise<readonly StageDuration[]> {
    return this.#durations('FROM results WHERE kind = ? LIMIT 200', kind)
  }

  #durations(rest: string, ...values: readonly string[]): StageDuration[] {
    const rows = this.#index.read('results', ['seconds', 'manifest'], rest, ...values)
    return rows.map(({ seconds, manifest }) => ({ seconds, options: manifest.options ?? null }))
  }

  async lastUsed(most: number): Promise<readonly UsedResult[]> {
    const rest = 'FROM (SELECT key, tick FROM uses ORDER BY tick DESC LIMIT ?) AS used JOIN results USING (key) ORDER BY tick DESC'
    const rows = this.#index.read('results', ['key', 'path', 'kind', 'manifest'], rest, most)
    return rows.map(({ manifest, ...row }) => ({ ...row, inputs: manifest.inputs ?? null }))
  }

  async beginningWith(digits: string): Promise<readonly KnownStage[]> {
    const rest = 'FROM results WHERE substr(key, 1, length(?)) = ? OR substr(artifact, 8, length(?)) = ?'
    return this.#index.read('results', ['key', 'path'], rest, digits, digits, digits, digits)
  }

  async makerOf(artifact: Digest): Promise<string | undefined> {
    const firstWhere = (is: string) =>
      this.#index.read('results', ['path'], `FROM results WHERE ${is} ORDER BY finished LIMIT 1`, artifact)[0]?.path
    return firstWhere('artifact = ?') ?? firstWhere('instr(snapshots, ?) > 0')
  }
}

const resultColumns = columnsOf('results')

export function resultAt(index: IndexDb, key: string): StageResult | undefined {
  return index.read('results', resultColumns, 'FROM results WHERE key = ?', key).map(resultOf)[0]
}

function resultOf({ artifact, numerics, ...row }: RowOf<'results'>): StageResult {
  return { ...row, artifact: artifact ?? undefined, numerics: numerics ?? undefined }
}
