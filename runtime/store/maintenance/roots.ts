/** The stages whose results gc must keep: those of known pipelines, recent runs, active runs and stages, and pins. */
import { existsSync } from 'node:fs'
import type { Store } from '../store.ts'

/**
 * Keys. A pipeline whose file no longer exists does not count; an active run always counts, however old.
 * @param runs how many of the newest runs count
 */
export async function stageRoots(
  { journal, leases, pins }: Pick<Store, 'journal' | 'leases' | 'pins'>,
  runs: number,
): Promise<Set<string>> {
  const roots = new Set([...(await pins.all()), ...(await leases.keys())])
  for (const { file, keys, elsewhere = false } of await journal.targets())
    if (elsewhere || existsSync(file)) for (const key of Object.values(keys)) roots.add(key)
  const kept = (await journal.runs()).filter(({ status }, newest) => newest < runs || status === 'running')
  for (const { id } of kept) for (const { key } of await journal.stagesOf(id)) if (key !== null) roots.add(key)
  return roots
}
