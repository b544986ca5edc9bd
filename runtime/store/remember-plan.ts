/** Records the keys that a plan has resolved for its target: gc keeps the results of known targets. */
import type { Journal } from './journal.ts'

interface PlannedKey {
  readonly path: string
  readonly key: string | null
  readonly status: string
}

/** A plan resolves only some of the keys; those from earlier runs are kept for the others. @param file absolute */
export async function rememberPlan(journal: Journal, file: string, target: string, stages: readonly PlannedKey[]): Promise<void> {
  const planned = stages.flatMap(({ path, key, status }) => (key === null || status === 'run' ? [] : [[path, key] as const]))
  await journal.remember({ file, target, keys: { ...(await journal.keysOf(file, target)), ...Object.fromEntries(planned) } })
}
