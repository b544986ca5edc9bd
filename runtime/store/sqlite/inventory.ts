/** The inventory of a store in a folder: rows of the index, and files. */
import { canonical } from '../../../dsl/check/canonical.ts'
import type { Digest } from '../address.ts'
import { partsRead } from '../artifact.ts'
import { FolderInventory } from '../folder/inventory.ts'
import type { Layout } from '../folder/layout.ts'
import type { FolderObjects } from '../folder/objects.ts'
import { FolderFiles } from '../folder/shared-files.ts'
import { fingerprintsIn } from '../functions.ts'
import {
  artifactsOf,
  type IndexFault,
  type Inventory,
  type KeptResult,
  type Removal,
  type StoredContents,
  type StoredFile,
} from '../inventory.ts'
import { problems } from '../problems.ts'
import { faultsIn } from './faults.ts'
import type { IndexDb } from './index-db.ts'
import { forgetDead } from './leases.ts'
import { resultAt } from './results.ts'
import { runFaults } from './run-rows.ts'
import { forgetStates } from './training-states.ts'

export class DiskInventory implements Inventory {
  readonly contents: StoredContents
  readonly #index: IndexDb
  readonly #layout: Layout
  readonly #files: FolderInventory
  readonly #objects: FolderObjects

  constructor(index: IndexDb, layout: Layout, objects: FolderObjects) {
    this.#index = index
    this.#layout = layout
    this.#files = new FolderInventory(layout, new FolderFiles(layout))
    this.contents = this.#files.contents
    this.#objects = objects
  }

  async partsOf(artifact: Digest): Promise<readonly Digest[]> {
    const [known] = this.#index.read('verified', ['parts'], "FROM verified WHERE digest = ? AND parts <> '[]'", artifact)
    return known === undefined ? partsRead(this.#objects, artifact) : [artifact, ...known.parts]
  }

  async results(): Promise<readonly KeptResult[]> {
    const ticks = new Map(this.#index.read('uses', ['key', 'tick'], 'FROM uses').map(({ key, tick }) => [key, tick]))
    const rows = this.#index.read('results', ['key', 'kind', 'path', 'artifact', 'snapshots', 'finished'], 'FROM results ORDER BY key')
    const kept = rows.map(({ finished, artifact, snapshots, ...row }) => ({
      ...row,
      artifacts: artifactsOf({ artifact, snapshots }),
      tick: ticks.get(row.key) ?? finished,
    }))
    return kept.sort((a, b) => a.tick - b.tick)
  }

  parts(): ReturnType<Inventory['parts']> {
    return this.#files.parts()
  }

  async leftovers(stays: (key: string) => boolean, gone: ReadonlySet<string>): Promise<readonly StoredFile[]> {
    const staying = this.#index.read('results', ['key', 'manifest'], 'FROM results').filter(({ key }) => !gone.has(key))
    return this.#files.leftovers(stays, staying.map(({ manifest }) => JSON.stringify(manifest)).join('\n'))
  }

  async remove({ results, objects, others }: Removal): Promise<void> {
    const index = this.#index
    if (index.readOnly) throw problems.readOnly(this.#layout.root, 'remove anything from it')
    index.transaction(() => {
      for (const { key } of results)
        for (const table of ['results', 'metrics', 'overviews', 'places', 'uses', 'epoch_weights'])
          index.run(`DELETE FROM ${table} WHERE key = ?`, key)
      for (const { digest } of objects) index.run('DELETE FROM verified WHERE digest = ?', digest)
      forgetStates(index, new Set(objects.map(({ digest }) => digest)))
      forgetFunctions(index)
      forgetDead(index)
    })
    await this.#files.remove([...objects, ...others])
  }

  async forget(key: string, snapshot?: string): Promise<void> {
    if (snapshot === undefined) {
      this.#index.run('DELETE FROM results WHERE key = ?', key)
      return
    }
    const { [snapshot]: _, ...others } = resultAt(this.#index, key)?.snapshots ?? {}
    this.#index.run('UPDATE results SET snapshots = ? WHERE key = ?', canonical(others), key)
  }

  async faults(): Promise<readonly IndexFault[]> {
    const damage = this.#index.damage().map((wrong) => ({ what: this.#layout.root, wrong }))
    return [...damage, ...faultsIn(this.#index), ...runFaults(this.#index, this.#layout)]
  }
}

/** Removes functions that no result uses: they only serve explanations. */
function forgetFunctions(index: IndexDb): void {
  const used = new Set(index.all('SELECT manifest FROM results').flatMap(({ manifest }) => fingerprintsIn(String(manifest))))
  for (const { fingerprint } of index.all('SELECT fingerprint FROM functions'))
    if (!used.has(String(fingerprint))) index.run('DELETE FROM functions WHERE fingerprint = ?', String(fingerprint))
}
