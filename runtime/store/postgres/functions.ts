/** Users' functions in PostgreSQL, as JSON. */
import { type FunctionRecord, type FunctionRecords, type KnownFunctions, shortened } from '../functions.ts'
import type { Database } from './database.ts'

export class PostgresFunctions implements KnownFunctions {
  readonly #database: Database
  readonly #readOnly: boolean
  readonly #present = new Map<string, FunctionRecord>()

  constructor(database: Database, readOnly: boolean) {
    this.#database = database
    this.#readOnly = readOnly
  }

  async remember(records: FunctionRecords): Promise<void> {
    for (const [fingerprint, record] of records) this.#present.set(fingerprint, record)
    if (this.#readOnly || records.size === 0) return
    const texts = [...records].map(([fingerprint, record]) => ({ fingerprint, record: JSON.stringify(shortened(record)) }))
    await this.#database.all(
      `INSERT INTO functions SELECT fingerprint, record FROM json_to_recordset($1::json) AS f (fingerprint text, record text) ORDER BY fingerprint
       ON CONFLICT (fingerprint) DO UPDATE SET record = excluded.record WHERE functions.record <> excluded.record`,
      JSON.stringify(texts),
    )
  }

  async find(fingerprints: Iterable<string>): Promise<FunctionRecords> {
    const asked = [...new Set(fingerprints)]
    const others = asked.filter((fingerprint) => !this.#present.has(fingerprint))
    const sql = 'SELECT fingerprint, record FROM functions WHERE fingerprint IN (SELECT json_array_elements_text($1::json))'
    const rows = others.length === 0 ? [] : await this.#database.all(sql, JSON.stringify(others))
    // Only `remember` writes these.
    const found = new Map(rows.map(({ fingerprint, record }) => [String(fingerprint), JSON.parse(String(record)) as FunctionRecord]))
    return new Map(asked.flatMap((each) => [[each, this.#present.get(each) ?? found.get(each)] as const]).filter(isKnown))
  }
}

const isKnown = (entry: readonly [string, FunctionRecord | undefined]): entry is readonly [string, FunctionRecord] => entry[1] !== undefined
