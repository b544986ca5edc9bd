/**
 * Checkpoints that nothing will continue: of stages that have a sound result. Their process ended after it had kept the result, before it
 * removed them; or it was taken for dead, woke after another one had finished the stage, and went on.
 */
import type { Checkpoints } from './checkpoints.ts'
import type { StageResult } from './results.ts'
import type { Store } from './store.ts'

/** Of these results; those of a stage that is being computed are left alone. */
export async function removeStaleCheckpoints({ checkpoints, leases, readOnly }: Store, results: Iterable<StageResult>): Promise<void> {
  const left = new Set(readOnly ? [] : await checkpoints.keys())
  if (left.size === 0) return
  const held = new Set(await leases.keys())
  for (const result of results)
    if (left.has(result.key) && !held.has(result.key) && (await areStale(checkpoints, result))) await checkpoints.remove(result.key)
}

/** Unless one is of a replay for a snapshot that the result still lacks. @param result sound */
export async function areStale(checkpoints: Checkpoints, { key, snapshots }: Pick<StageResult, 'key' | 'snapshots'>): Promise<boolean> {
  for (const each of await checkpoints.list(key)) {
    const header = await each.header()
    if (typeof header !== 'string' && header.replays !== undefined && snapshots[header.replays] === undefined) return false
  }
  return true
}
