/** Objects found sound, in the index. */
import { canonical } from '../../../dsl/check/canonical.ts'
import type { Digest } from '../address.ts'
import type { CheckedObject, CheckedObjects } from '../checked-artifacts.ts'
import { jsonOf } from '../result-row.ts'
import type { IndexDb } from './index-db.ts'

export class SqliteCheckedObjects implements CheckedObjects {
  readonly #index: IndexDb

  constructor(index: IndexDb) {
    this.#index = index
  }

  async find(objects: readonly Digest[]): Promise<readonly CheckedObject[]> {
    const sql = `WITH asked AS (SELECT value AS digest FROM json_each(?)),
      parts AS (SELECT part.value AS digest FROM asked JOIN verified USING (digest), json_each(verified.parts) AS part)
      SELECT * FROM verified WHERE digest IN (SELECT digest FROM asked UNION SELECT digest FROM parts)`
    return this.#index.all(sql, JSON.stringify(objects)).map((row) => ({
      digest: String(row.digest),
      bytes: Number(row.bytes),
      mtimeMs: Number(row.mtime),
      parts: jsonOf<Digest[]>(row, 'parts', this.#index.file),
    }))
  }

  async note({ digest, bytes, mtimeMs, parts }: CheckedObject): Promise<void> {
    if (this.#index.readOnly) return
    const sql = 'INSERT OR REPLACE INTO verified (digest, bytes, mtime, parts) VALUES (?, ?, ?, ?)'
    this.#index.run(sql, digest, bytes, mtimeMs, canonical(parts))
  }
}
