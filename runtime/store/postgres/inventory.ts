/** The inventory of a shared store: rows of the database, and files in its folders. */
import type { Digest } from '../address.ts'
import { partsRead } from '../artifact.ts'
import type { FolderInventory } from '../folder/inventory.ts'
import {
  artifactsOf,
  type IndexFault,
  type Inventory,
  type KeptResult,
  type Removal,
  type StoredContents,
  type StoredFile,
} from '../inventory.ts'
import type { Objects } from '../objects.ts'
import { problems } from '../problems.ts'
import type { Database, Query } from './database.ts'
import { jsonOf } from './row.ts'
import { forgetStates } from './training-states.ts'

interface Options {
  readonly database: Database
  readonly files: FolderInventory
  readonly objects: Objects
  readonly readOnly: boolean
}

export class PostgresInventory implements Inventory {
  readonly contents: StoredContents
  readonly #database: Database
  readonly #files: FolderInventory
  readonly #objects: Objects
  readonly #readOnly: boolean

  constructor({ database, files, objects, readOnly }: Options) {
    this.#database = database
    this.#files = files
    this.contents = files.contents
    this.#objects = objects
    this.#readOnly = readOnly
  }

  async partsOf(artifact: Digest): Promise<readonly Digest[]> {
    const [row] = await this.#database.all("SELECT parts FROM verified WHERE digest = $1 AND parts <> '[]'", artifact)
    return row === undefined ? partsRead(this.#objects, artifact) : [artifact, ...jsonOf<Digest[]>(row, 'parts', this.#database.shown)]
  }

  async results(): Promise<readonly KeptResult[]> {
    const rows = await this.#database.all(
      `SELECT results.key, kind, path, artifact, snapshots, coalesce(tick, finished) AS tick
       FROM results LEFT JOIN uses USING (key) ORDER BY tick, key COLLATE "C"`,
    )
    return rows.map((row) => ({
      key: String(row.key),
      kind: String(row.kind),
      path: String(row.path),
      artifacts: artifactsOf({
        artifact: row.artifact === null ? null : String(row.artifact),
        snapshots: jsonOf(row, 'snapshots', this.#database.shown),
      }),
      tick: Number(row.tick),
    }))
  }

  parts(): ReturnType<Inventory['parts']> {
    return this.#files.parts()
  }

  async leftovers(stays: (key: string) => boolean, gone: ReadonlySet<string>): Promise<readonly StoredFile[]> {
    const staying = (await this.#database.all('SELECT key, manifest FROM results')).filter(({ key }) => !gone.has(String(key)))
    const asked = await this.#database.all('SELECT ask AS manifest FROM jobs UNION ALL SELECT request FROM coordinations')
    return this.#files.leftovers(stays, [...staying, ...asked].map(({ manifest }) => String(manifest)).join('\n'))
  }

  async remove({ results, objects, others }: Removal): Promise<void> {
    if (this.#readOnly) throw problems.readOnly(this.#database.shown, 'remove anything from it')
    await this.#database.transaction(async (all) => {
      const keys = JSON.stringify(results.map(({ key }) => key))
      for (const table of ['results', 'metrics', 'places', 'uses', 'epoch_weights'])
        await all(`DELETE FROM ${table} WHERE key IN (SELECT json_array_elements_text($1::json))`, keys)
      const gone = JSON.stringify(objects.map(({ digest }) => digest))
      await all('DELETE FROM verified WHERE digest IN (SELECT json_array_elements_text($1::json))', gone)
      await forgetStates(all, gone)
      await forgetFunctions(all)
    })
    await this.#files.remove([...objects, ...others])
  }

  async forget(key: string, snapshot?: string): Promise<void> {
    if (snapshot === undefined) await this.#database.all('DELETE FROM results WHERE key = $1', key)
    else await this.#database.all('UPDATE results SET snapshots = (snapshots::jsonb - $2::text)::text WHERE key = $1', key, snapshot)
  }

  /** None: PostgreSQL checks its own files. */
  async faults(): Promise<readonly IndexFault[]> {
    return []
  }
}

/** Removes functions that no result uses: they only serve explanations. */
async function forgetFunctions(all: Query): Promise<void> {
  await all(
    `DELETE FROM functions WHERE fingerprint NOT IN
       (SELECT (regexp_matches(manifest, '"fingerprint":"([^"]+)"', 'g'))[1] FROM results)`,
  )
}
