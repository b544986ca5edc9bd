/** Pins in the index. */
import type { Pins } from '../pins.ts'
import type { IndexDb } from './index-db.ts'

export class SqlitePins implements Pins {
  readonly #index: IndexDb

  constructor(index: IndexDb) {
    this.#index = index
  }

  async all(): Promise<readonly string[]> {
    return this.#index.read('pins', ['key'], 'FROM pins ORDER BY since, key').map(({ key }) => key)
  }

  async add(keys: readonly string[]): Promise<readonly string[]> {
    const before = new Set(await this.all())
    const fresh = [...new Set(keys)].filter((key) => !before.has(key))
    this.#index.transaction(() => {
      for (const key of fresh) this.#index.run('INSERT INTO pins (key, since) VALUES (?, ?)', key, Date.now())
    })
    return fresh
  }

  async remove(keys: readonly string[]): Promise<readonly string[]> {
    const gone = (await this.all()).filter((key) => keys.includes(key))
    this.#index.transaction(() => {
      for (const key of gone) this.#index.run('DELETE FROM pins WHERE key = ?', key)
    })
    return gone
  }
}
