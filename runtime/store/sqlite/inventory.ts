/** What the index names and what lies in the folder. */
import type { Digest } from '../address.ts'
import { partsRead } from '../artifact.ts'
import { FolderInventory } from '../folder/inventory.ts'
import type { Layout } from '../folder/layout.ts'
import type { FolderObjects } from '../folder/objects.ts'
import {
  artifactsOf,
  type Inventory,
  type KeptCheckpoint,
  type KeptResult,
  type Removal,
  type StoredFile,
  type StoredObject,
} from '../inventory.ts'
import { problems } from '../problems.ts'
import { jsonOf } from '../result-row.ts'
import type { IndexDb } from './index-db.ts'
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
    return row === undefined ? partsRead(this.#objects, artifact) : [artifact, ...jsonOf<Digest[]>(row, 'parts', this.#index.file)]
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

/** Functions of the user's that no result has used: they only serve explanations. */
function forgetFunctions(index: IndexDb): void {
  const used = new Set<string>()
  for (const { manifest } of index.all('SELECT manifest FROM results'))
    for (const [, fingerprint] of String(manifest).matchAll(/"fingerprint":"([^"]+)"/g)) used.add(fingerprint!)
  for (const { fingerprint } of index.all('SELECT fingerprint FROM functions'))
    if (!used.has(String(fingerprint))) index.run('DELETE FROM functions WHERE fingerprint = ?', String(fingerprint))
}
