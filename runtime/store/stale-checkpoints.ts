/** Checkpoints that outlived their stage: its process died after it had kept the result, before it removed them. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeCheckpoints } from './folder/checkpoints.ts'
import type { StageResult } from './results.ts'
import type { Store } from './store.ts'

/** Of these results; what somebody is at is left alone. */
export async function removeOutlived({ layout, index, readOnly }: Store, results: Iterable<StageResult>): Promise<void> {
  const left = new Set(readOnly ? [] : await readdir(layout.checkpoints).catch(() => []))
  if (left.size === 0) return
  for (const { key, finished } of results) {
    if (!left.has(key) || index.all('SELECT key FROM leases WHERE key = ?', key).length > 0) continue
    // A replay of a part, to go on with some day, has newer ones than the result.
    if ((await newestIn(join(layout.checkpoints, key))) < finished) await removeCheckpoints(layout.checkpoints, key)
  }
}

/** Unix milliseconds; 0 of an empty folder. */
async function newestIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const times = await Promise.all(names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0))
  return Math.max(0, ...times)
}
