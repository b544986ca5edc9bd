/** Pins in PostgreSQL. */
import type { Pins } from '../pins.ts'
import type { Database } from './database.ts'

export class PostgresPins implements Pins {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async all(): Promise<readonly string[]> {
    return (await this.#database.all('SELECT key FROM pins ORDER BY since, key')).map(({ key }) => String(key))
  }

  async add(keys: readonly string[]): Promise<readonly string[]> {
    const added = await this.#database.all(
      'INSERT INTO pins SELECT DISTINCT json_array_elements_text($1::json), $2::bigint ON CONFLICT DO NOTHING RETURNING key',
      JSON.stringify(keys),
      Date.now(),
    )
    const fresh = new Set(added.map(({ key }) => key))
    return [...new Set(keys)].filter((key) => fresh.has(key))
  }

  async remove(keys: readonly string[]): Promise<readonly string[]> {
    const sql = 'DELETE FROM pins WHERE key IN (SELECT json_array_elements_text($1::json)) RETURNING key, since'
    const gone = await this.#database.all(sql, JSON.stringify(keys))
    return gone.toSorted((a, b) => Number(a.since) - Number(b.since)).map(({ key }) => String(key))
  }
}
