/** Records of verified objects, in the index. */
import { canonical } from '../../../dsl/check/canonical.ts'
import type { Digest } from '../address.ts'
import type { CheckedObject, CheckedObjects } from '../checked-artifacts.ts'
import type { IndexDb } from './index-db.ts'

export class SqliteCheckedObjects implements CheckedObjects {
  readonly #index: IndexDb

  constructor(index: IndexDb) {
    this.#index = index
  }

  async find(objects: readonly Digest[]): Promise<readonly CheckedObject[]> {
    const rest = `FROM verified WHERE digest IN (
      WITH asked AS (SELECT value AS digest FROM json_each(?)),
      parts AS (SELECT part.value AS digest FROM asked JOIN verified USING (digest), json_each(verified.parts) AS part)
      SELECT digest FROM asked UNION SELECT digest FROM parts)`
    const rows = this.#index.read('verified', ['digest', 'bytes', 'mtime', 'parts'], rest, JSON.stringify(objects))
    return rows.map(({ mtime, ...row }) => ({ ...row, stamp: mtime }))
  }

  async note({ digest, bytes, stamp, parts }: CheckedObject): Promise<void> {
    if (this.#index.readOnly) return
    const sql = 'INSERT OR REPLACE INTO verified (digest, bytes, mtime, parts) VALUES (?, ?, ?, ?)'
    this.#index.run(sql, digest, bytes, stamp, canonical(parts))
  }
}
