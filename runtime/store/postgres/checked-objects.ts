/** Records of verified objects in PostgreSQL: an object that one machine has read need not be read by the others. */
import { canonical } from '../../../dsl/check/canonical.ts'
import type { Digest } from '../address.ts'
import type { CheckedObject, CheckedObjects } from '../checked-artifacts.ts'
import type { Database } from './database.ts'
import { jsonOf } from './row.ts'

export class PostgresCheckedObjects implements CheckedObjects {
  readonly #database: Database
  readonly #readOnly: boolean

  constructor(database: Database, readOnly: boolean) {
    this.#database = database
    this.#readOnly = readOnly
  }

  async find(objects: readonly Digest[]): Promise<readonly CheckedObject[]> {
    const sql = `WITH asked AS (SELECT DISTINCT json_array_elements_text($1::json) AS digest),
      parts AS (SELECT json_array_elements_text(parts::json) AS digest FROM asked JOIN verified USING (digest))
      SELECT * FROM verified WHERE digest IN (SELECT digest FROM asked UNION SELECT digest FROM parts)`
    return (await this.#database.all(sql, JSON.stringify(objects))).map((row) => ({
      digest: String(row.digest),
      bytes: Number(row.bytes),
      stamp: Number(row.mtime),
      parts: jsonOf<Digest[]>(row, 'parts', this.#database.shown),
    }))
  }

  async note({ digest, bytes, stamp, parts }: CheckedObject): Promise<void> {
    if (this.#readOnly) return
    await this.#database.all(
      `INSERT INTO verified (digest, bytes, mtime, parts) VALUES ($1, $2, $3, $4)
       ON CONFLICT (digest) DO UPDATE SET bytes = excluded.bytes, mtime = excluded.mtime, parts = excluded.parts`,
      digest,
      bytes,
      stamp,
      canonical(parts),
    )
  }
}
