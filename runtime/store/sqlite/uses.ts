/** When results were last used, and at which path of a pipeline: for gc and for explanations. */
import type { IndexDb } from './index-db.ts'

/** Call within a transaction. Ticks always increase, even when the clock is set back. */
export function noteUse(index: IndexDb, stages: readonly { readonly path: string; readonly key: string }[]): void {
  const last = index.read('uses', ['tick'], 'FROM uses ORDER BY tick DESC LIMIT 1')[0]?.tick ?? 0
  const now = Math.max(Date.now(), last + 1)
  for (const { path, key } of stages) {
    index.run('INSERT OR REPLACE INTO uses (key, tick) VALUES (?, ?)', key, now)
    index.run('INSERT OR REPLACE INTO places (path, key, seen) VALUES (?, ?, ?)', path, key, now)
  }
}
