/** Checkpoints of stages that have a result: their process ended after it had kept the result, before it removed them. */
import type { StageResult } from './results.ts'
import type { Store } from './store.ts'

/** Of these results; those of a stage that is being computed are left alone. */
export async function removeStaleCheckpoints({ checkpoints, leases, readOnly }: Store, results: Iterable<StageResult>): Promise<void> {
  const left = new Set(readOnly ? [] : await checkpoints.keys())
  if (left.size === 0) return
  const held = new Set(await leases.keys())
  for (const { key, finished } of results) {
    if (!left.has(key) || held.has(key)) continue
    const written = (await checkpoints.list(key)).map(({ written }) => written)
    // A replay of a part, to go on with some day, has newer ones than the result.
    if (Math.max(0, ...written) < finished) await checkpoints.remove(key)
  }
}
