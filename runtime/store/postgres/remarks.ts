/** Remarks in PostgreSQL. */
import { isEmpty, type Remark, type Remarks } from '../remarks.ts'
import type { Database } from './database.ts'

export class PostgresRemarks implements Remarks {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async all(): Promise<ReadonlyMap<number, Remark>> {
    const rows = await this.#database.all('SELECT run, tags, note FROM remarks ORDER BY run')
    // Only `set` writes these rows.
    return new Map(rows.map(({ run, tags, note }) => [Number(run), { tags: JSON.parse(String(tags)) as string[], note: String(note) }]))
  }

  async set(run: number, { tags, note }: Remark): Promise<void> {
    if (isEmpty({ tags, note })) await this.#database.all('DELETE FROM remarks WHERE run = $1', run)
    else
      await this.#database.all(
        'INSERT INTO remarks (run, tags, note) VALUES ($1, $2, $3) ON CONFLICT (run) DO UPDATE SET tags = excluded.tags, note = excluded.note',
        run,
        JSON.stringify(tags),
        note,
      )
  }
}
