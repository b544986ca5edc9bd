/** Results that stay until they are unpinned, whatever gc thinks of them. */
import type { IndexDb } from './index-db.ts'

/** Keys, the oldest pin first. */
export function pinned(index: IndexDb): string[] {
  return index.all('SELECT key FROM pins ORDER BY since, key').map(({ key }) => String(key))
}

/** @returns those that were not pinned before */
export function pin(index: IndexDb, keys: readonly string[]): string[] {
  const before = new Set(pinned(index))
  const fresh = [...new Set(keys)].filter((key) => !before.has(key))
  index.transaction(() => {
    for (const key of fresh) index.run('INSERT INTO pins (key, since) VALUES (?, ?)', key, Date.now())
  })
  return fresh
}

/** @returns those that were pinned */
export function unpin(index: IndexDb, keys: readonly string[]): string[] {
  const gone = pinned(index).filter((key) => keys.includes(key))
  index.transaction(() => {
    for (const key of gone) index.run('DELETE FROM pins WHERE key = ?', key)
  })
  return gone
}
