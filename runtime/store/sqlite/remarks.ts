/** Remarks in the index. */
import { canonical } from '../../../dsl/check/canonical.ts'
import { isEmpty, type Remark, type Remarks } from '../remarks.ts'
import type { IndexDb } from './index-db.ts'

export class SqliteRemarks implements Remarks {
  readonly #index: IndexDb

  constructor(index: IndexDb) {
    this.#index = index
  }

  async all(): Promise<ReadonlyMap<number, Remark>> {
    const rows = this.#index.read('remarks', ['run', 'tags', 'note'], 'FROM remarks ORDER BY run')
    return new Map(rows.map(({ run, ...remark }) => [run, remark]))
  }

  async set(run: number, remark: Remark): Promise<void> {
    if (isEmpty(remark)) this.#index.run('DELETE FROM remarks WHERE run = ?', run)
    else this.#index.run('INSERT OR REPLACE INTO remarks (run, tags, note) VALUES (?, ?, ?)', run, canonical([...remark.tags]), remark.note)
  }
}
