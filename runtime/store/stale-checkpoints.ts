/**
 * Removes stale checkpoints, those of stages that have a sound result. Their process ended between storing the result and removing them; or
 * it was presumed dead, woke up after another process had finished the stage, and continued.
 */
import type { Checkpoints } from './checkpoints.ts'
import type { StageResult } from './results.ts'
import type { Store } from './store.ts'

/** Removes those of the given results; stages that are being computed are skipped. */
export async function removeStaleCheckpoints({ checkpoints, leases, readOnly }: Store, results: Iterable<StageResult>): Promise<void> {
  const left = new Set(readOnly ? [] : await checkpoints.keys())
  if (left.size === 0) return
  const held = new Set(await leases.keys())
  for (const result of results)
    if (left.has(result.key) && !held.has(result.key) && (await areStale(checkpoints, result))) await checkpoints.remove(result.key)
}

/** False if one belongs to a replay for a snapshot that the result still lacks. @param result sound */
export async function areStale(checkpoints: Checkpoints, { key, snapshots }: Pick<StageResult, 'key' | 'snapshots'>): Promise<boolean> {
  for (const each of await checkpoints.list(key)) {
    const header = await each.header()
    if (typeof header !== 'string' && header.replays !== undefined && snapshots[header.replays] === undefined) return false
  }
  return true
}
