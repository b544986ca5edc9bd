/** The store in a folder: objects as files, the index in SQLite. Any number of processes may have it open. */
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { canonical } from '../../dsl/check/canonical.ts'
import type { Json } from '../../dsl/graph/stage-options.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import { StoreProblem } from '../problem.ts'
import type { Digest } from './address.ts'
import { isKey } from './address.ts'
import { readParts } from './artifact.ts'
import type { Checkpoints } from './checkpoints.ts'
import { sweepTemporary } from './durable-file.ts'
import type { ExportRecords } from './exports.ts'
import { storeFiles } from './files.ts'
import { type Layout, layoutOf } from './folder/layout.ts'
import { FolderObjects, type ObjectInfo } from './folder/objects.ts'
import type { Lease } from './leases.ts'
import type { DataFolder } from './location.ts'
import { problems } from './problems.ts'
import type { FoundResult, MetricPoint, Publication, StageResult, TrainingState } from './results.ts'
import { KnownFunctions } from './sqlite/functions.ts'
import { IndexDb, type Row } from './sqlite/index-db.ts'
import { holds, remove } from './sqlite/leases.ts'
import { jsonOf, resultOf } from './sqlite/result-row.ts'
import { noteTraining, trainingStates } from './sqlite/training-states.ts'
import { noteUse } from './sqlite/uses.ts'
import type { Store } from './store.ts'

/**
 * Opens the store in `directory` (usually `.espalier`). One that cannot be written is opened for reading.
 * One that is not there is made, unless it is only to be `existing`.
 */
export async function openStore(directory: string, { existing = false } = {}): Promise<Store> {
  const layout = layoutOf(directory)
  if (existing && !existsSync(layout.index)) throw problems.notThere(layout.root)
  if (isReadOnlyStore(layout)) return new DiskStore(layout, new IndexDb(layout.index, { readOnly: true }))
  try {
    await mkdir(layout.root, { recursive: true })
  } catch (cause) {
    throw problems.io('make its folder', layout.root, cause)
  }
  const index = new IndexDb(layout.index)
  await sweepTemporary(layout.tmp)
  return new DiskStore(layout, index)
}

/** There is an index, and it or its folder cannot be written: SQLite needs both. */
export function isReadOnlyStore({ root, index }: Layout): boolean {
  if (!existsSync(index)) return false
  try {
    for (const each of [root, index]) accessSync(each, constants.W_OK)
    return false
  } catch {
    return true
  }
}

class DiskStore implements Store {
  readonly layout: Layout
  readonly index: IndexDb
  readonly functions: KnownFunctions
  readonly location: string
  readonly objects: FolderObjects
  readonly checkpoints: Checkpoints
  readonly exports: ExportRecords
  readonly data: DataFolder
  /** What the index says of objects that were checked: a run asks for each several times. */
  readonly #checked = new Map<Digest, ObjectInfo & { readonly parts: readonly Digest[] }>()

  constructor(layout: Layout, index: IndexDb) {
    this.layout = layout
    this.index = index
    this.functions = new KnownFunctions(index)
    const { location, checkpoints, exports, data } = storeFiles(layout.root)
    this.location = location
    this.objects = new FolderObjects(layout)
    this.checkpoints = checkpoints
    this.exports = exports
    this.data = data
  }

  get readOnly(): boolean {
    return this.index.readOnly
  }

  async findResult(key: string): Promise<FoundResult> {
    const [found] = await this.findResults([key])
    return found!
  }

  async findResults(keys: readonly string[]): Promise<readonly FoundResult[]> {
    const list = JSON.stringify(keys.map(checkedKey))
    const rows = this.index.all('SELECT results.* FROM json_each(?) AS asked JOIN results ON results.key = asked.value', list)
    const stored = new Map(rows.map((row) => [String(row.key), resultOf(row, this.layout.index)]))
    this.#recall([...stored.values()].flatMap(({ artifact }) => artifact ?? []))
    const found: FoundResult[] = []
    for (const key of keys) {
      const result = stored.get(key)
      found.push(result === undefined ? { found: 'none' } : await this.#soundness(result))
    }
    return found
  }

  async #soundness(stored: StageResult): Promise<FoundResult> {
    const wrong = stored.artifact === undefined ? undefined : await this.whatIsWrongWith(stored.artifact)
    const sound: { [epoch: string]: Digest } = {}
    for (const [epoch, digest] of Object.entries(stored.snapshots)) {
      if ((await this.whatIsWrongWith(digest)) === undefined) sound[epoch] = digest
    }
    const result = { ...stored, snapshots: sound }
    return wrong === undefined ? { found: 'sound', result } : { found: 'damaged', result, reason: wrong }
  }

  async putResult(result: StageResult, { lease, training }: Publication = {}): Promise<boolean> {
    const { key, kind, path, manifest, artifact, metrics, numerics, finished, seconds } = result
    let lost = false
    this.index.transaction(() => {
      lost = lease !== undefined && !holds(this.index, lease)
      if (lost) return
      if (lease !== undefined) remove(this.index, lease)
      const before = this.index.all('SELECT * FROM results WHERE key = ?', checkedKey(key))[0]
      const kept = before !== undefined && before.artifact === (artifact ?? null) ? resultOf(before, this.layout.index).snapshots : {}
      this.index.run(
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
      if (training !== undefined) noteTraining(this.index, result, training)
      noteUse(this.index, [{ path, key }])
    })
    return !lost
  }

  async trainingStates(prefix: string, numerics: Numerics | undefined): Promise<readonly TrainingState[]> {
    const sound: TrainingState[] = []
    for (const { epoch, state, artifact } of trainingStates(this.index, prefix, numerics)) {
      if ((await this.whatIsWrongWith(artifact)) !== undefined) continue
      sound.push({ epoch, artifact, state: state !== undefined && (await this.objects.has(state)) ? state : undefined })
    }
    return sound
  }

  async earlierManifests(path: string): Promise<readonly Json[]> {
    const rows = this.index.all(
      'SELECT manifest FROM places JOIN results USING (key) WHERE places.path = ? ORDER BY seen DESC, finished DESC LIMIT 16',
      path,
    )
    return rows.map((row) => jsonOf<Json>(row, 'manifest', this.layout.index))
  }

  async putMetrics(key: string, points: readonly MetricPoint[], lease?: Lease): Promise<void> {
    if (points.length === 0) return
    checkedKey(key)
    const write = () => {
      if (lease !== undefined && !holds(this.index, lease)) return
      for (const { series, step, value } of points)
        this.index.run('INSERT OR REPLACE INTO metrics (key, series, step, value) VALUES (?, ?, ?, ?)', key, series, step, value)
    }
    // They are in the checkpoints too, and on the disk before the result is.
    this.index.transaction(write, { durable: false })
  }

  async metricsOf(key: string, series: string): Promise<readonly MetricPoint[]> {
    const rows = this.index.all('SELECT step, value FROM metrics WHERE key = ? AND series = ? ORDER BY step', checkedKey(key), series)
    // SQLite keeps NaN as NULL.
    return rows.map(({ step, value }) => ({ series, step: Number(step), value: value === null ? Number.NaN : Number(value) }))
  }

  async seriesOf(key: string): Promise<readonly string[]> {
    const rows = this.index.all('SELECT DISTINCT series FROM metrics WHERE key = ? ORDER BY series', checkedKey(key))
    return rows.map(({ series }) => String(series))
  }

  async whatIsWrongWith(artifact: Digest): Promise<string | undefined> {
    let object = artifact
    try {
      const parts = this.#verified(artifact) ?? (await this.#verifyParts(artifact))
      for (object of parts) {
        if (this.#verified(object) === undefined) await this.#verify(object, [])
      }
      return undefined
    } catch (problem) {
      if (!(problem instanceof StoreProblem)) throw problem
      if (problem.kind === 'missing') return (await this.objects.wasQuarantined(object)) ? 'damaged' : 'missing'
      if (problem.kind === 'corrupt' || problem.kind === 'malformed') return 'damaged'
      throw problem
    }
  }

  /** Parts of what was checked earlier, if the file has not been touched since: size and time stand in for reading it again. */
  #verified(digest: Digest): readonly Digest[] | undefined {
    const info = this.objects.info(digest)
    if (info === undefined) return undefined
    const known = this.#checked.get(digest)
    if (known?.bytes === info.bytes && known.mtimeMs === info.mtimeMs) return known.parts
    for (const row of this.index.all('SELECT * FROM verified WHERE digest = ?', digest)) this.#note(row)
    const noted = this.#checked.get(digest)
    return noted?.bytes === info.bytes && noted.mtimeMs === info.mtimeMs ? noted.parts : undefined
  }

  /** What the index says of artifacts and their parts, at once for what is asked one by one. */
  #recall(artifacts: readonly Digest[]): void {
    const sql = `WITH asked AS (SELECT value AS digest FROM json_each(?)),
      parts AS (SELECT part.value AS digest FROM asked JOIN verified USING (digest), json_each(verified.parts) AS part)
      SELECT * FROM verified WHERE digest IN (SELECT digest FROM asked UNION SELECT digest FROM parts)`
    for (const row of this.index.all(sql, JSON.stringify(artifacts))) this.#note(row)
  }

  #note(row: Row): void {
    const parts = jsonOf<Digest[]>(row, 'parts', this.layout.index)
    this.#checked.set(String(row.digest), { bytes: Number(row.bytes), mtimeMs: Number(row.mtime), parts })
  }

  async #verifyParts(artifact: Digest): Promise<Digest[]> {
    const { topology, weights, masks } = await readParts(this.objects, artifact)
    const parts = [topology, weights, ...(masks === null ? [] : [masks])]
    await this.#verify(artifact, parts)
    return parts
  }

  async #verify(digest: Digest, parts: Digest[]): Promise<void> {
    const info = this.objects.info(digest)
    await this.objects.get(digest)
    if (info === undefined || this.readOnly) return
    this.index.run(
      'INSERT OR REPLACE INTO verified (digest, bytes, mtime, parts) VALUES (?, ?, ?, ?)',
      digest,
      info.bytes,
      info.mtimeMs,
      canonical(parts),
    )
  }

  close(): void {
    this.index.close()
  }
}

function checkedKey(key: string): string {
  if (!isKey(key)) throw problems.badKey(key)
  return key
}
