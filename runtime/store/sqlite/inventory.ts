/** What the index names and what lies in the folder. */
import { StoreProblem } from '../../problem.ts'
import type { Digest } from '../address.ts'
import { readParts } from '../artifact.ts'
import { FolderInventory } from '../folder/inventory.ts'
import type { Layout } from '../folder/layout.ts'
import type { FolderObjects } from '../folder/objects.ts'
import type { Inventory, KeptArtifact, KeptCheckpoint, KeptResult, Removal, StoredFile, StoredObject } from '../inventory.ts'
import { problems } from '../problems.ts'
import type { IndexDb, Row } from './index-db.ts'
import { jsonOf } from './result-row.ts'
import { forgetStates } from './training-states.ts'

export class DiskInventory implements Inventory {
  readonly #index: IndexDb
  readonly #layout: Layout
  readonly #files: FolderInventory
  readonly #objects: FolderObjects

  constructor(index: IndexDb, layout: Layout, objects: FolderObjects) {
    this.#index = index
    this.#layout = layout
    this.#files = new FolderInventory(layout, layout)
    this.#objects = objects
  }

  objects(): Promise<readonly StoredObject[]> {
    return this.#files.objects()
  }

  content(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#files.content(digest)
  }

  async partsOf(artifact: Digest): Promise<readonly Digest[]> {
    const row = this.#index.all("SELECT parts FROM verified WHERE digest = ? AND parts <> '[]'", artifact)[0]
    if (row !== undefined) return [artifact, ...jsonOf<Digest[]>(row, 'parts', this.#index.file)]
    try {
      const { topology, weights, masks } = await readParts(this.#objects, artifact)
      return [artifact, topology, weights, ...(masks === null ? [] : [masks])]
    } catch (problem) {
      if (problem instanceof StoreProblem && ['missing', 'corrupt', 'malformed'].includes(problem.kind)) return [artifact]
      throw problem
    }
  }

  async results(): Promise<readonly KeptResult[]> {
    const rows = this.#index.all(
      'SELECT key, kind, path, artifact, snapshots, coalesce(tick, finished) AS tick FROM results LEFT JOIN uses USING (key) ORDER BY tick, key',
    )
    return rows.map((row) => ({
      key: String(row.key),
      kind: String(row.kind),
      path: String(row.path),
      artifacts: artifactsOf(row, this.#index.file),
      tick: Number(row.tick),
    }))
  }

  checkpoints(): Promise<ReadonlyMap<string, StoredFile>> {
    return this.#files.checkpoints()
  }

  eachCheckpoint(): Promise<readonly KeptCheckpoint[]> {
    return this.#files.eachCheckpoint()
  }

  parts(): ReturnType<Inventory['parts']> {
    return this.#files.parts()
  }

  async leftovers(stays: (key: string) => boolean, gone: ReadonlySet<string>): Promise<readonly StoredFile[]> {
    const staying = this.#index.all('SELECT key, manifest FROM results').filter(({ key }) => !gone.has(String(key)))
    return this.#files.leftovers(stays, staying.map(({ manifest }) => String(manifest)).join('\n'))
  }

  async remove({ results, objects, others }: Removal): Promise<void> {
    const index = this.#index
    if (index.readOnly) throw problems.readOnly(this.#layout.root, 'remove anything from it')
    index.transaction(() => {
      for (const { key } of results)
        for (const table of ['results', 'metrics', 'places', 'uses', 'epoch_weights']) index.run(`DELETE FROM ${table} WHERE key = ?`, key)
      for (const { digest } of objects) index.run('DELETE FROM verified WHERE digest = ?', digest)
      forgetStates(index, new Set(objects.map(({ digest }) => digest)))
      forgetFunctions(index)
    })
    await this.#files.remove([...objects, ...others])
  }

  setAside(damaged: Pick<StoredFile, 'file'>, name: string): Promise<void> {
    return this.#files.setAside(damaged, name)
  }

  async forget(key: string, snapshot?: string): Promise<void> {
    if (snapshot === undefined) this.#index.run('DELETE FROM results WHERE key = ?', key)
    else this.#index.run('UPDATE results SET snapshots = json_remove(snapshots, ?) WHERE key = ?', `$."${snapshot}"`, key)
  }

  async faults(): Promise<readonly string[]> {
    const lines = this.#index.all('PRAGMA quick_check').map((row) => String(Object.values(row)[0]))
    return lines.filter((line) => line !== 'ok')
  }
}

/** A row's own artifact and those of its snapshots. */
function artifactsOf(row: Row, index: string): KeptArtifact[] {
  const snapshots = Object.entries(jsonOf<{ [at: string]: Digest }>(row, 'snapshots', index))
  return [
    ...(row.artifact === null ? [] : [{ artifact: String(row.artifact) }]),
    ...snapshots.map(([snapshot, artifact]) => ({ artifact, snapshot })),
  ]
}

/** Functions of the user's that no result has used: they only serve explanations. */
function forgetFunctions(index: IndexDb): void {
  const used = new Set<string>()
  for (const { manifest } of index.all('SELECT manifest FROM results'))
    for (const [, fingerprint] of String(manifest).matchAll(/"fingerprint":"([^"]+)"/g)) used.add(fingerprint!)
  for (const { fingerprint } of index.all('SELECT fingerprint FROM functions'))
    if (!used.has(String(fingerprint))) index.run('DELETE FROM functions WHERE fingerprint = ?', String(fingerprint))
}
