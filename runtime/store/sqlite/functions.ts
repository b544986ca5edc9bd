/** Users' functions in the index, as JSON. */
import { type FunctionRecord, type FunctionRecords, type KnownFunctions, shortened } from '../functions.ts'
import type { IndexDb } from './index-db.ts'

export class SqliteFunctions implements KnownFunctions {
  readonly #index: IndexDb
  readonly #present = new Map<string, FunctionRecord>()

  constructor(index: IndexDb) {
    this.#index = index
  }

  async remember(records: FunctionRecords): Promise<void> {
    for (const [fingerprint, record] of records) {
      const text = JSON.stringify(shortened(record))
      this.#present.set(fingerprint, record)
      if (this.#index.readOnly || this.#textOf(fingerprint) === text) continue
      this.#index.run('INSERT OR REPLACE INTO functions (fingerprint, record) VALUES (?, ?)', fingerprint, text)
    }
  }

  async find(fingerprints: Iterable<string>): Promise<FunctionRecords> {
    const found = new Map<string, FunctionRecord>()
    for (const fingerprint of new Set(fingerprints)) {
      const kept = () => this.#index.read('functions', ['record'], 'FROM functions WHERE fingerprint = ?', fingerprint)[0]?.record
      const record = this.#present.get(fingerprint) ?? kept()
      if (record !== undefined) found.set(fingerprint, record)
    }
    return found
  }

  #textOf(fingerprint: string): string | undefined {
    const row = this.#index.all('SELECT record FROM functions WHERE fingerprint = ?', fingerprint)[0]
    return row === undefined ? undefined : String(row.record)
  }
}
