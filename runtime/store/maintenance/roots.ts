/** The stages whose results gc must keep: those of known pipelines, recent runs, runs and stages at work, and pins. */
import { existsSync } from 'node:fs'
import { runsOf, stagesOf } from '../sqlite/journal.ts'
import { pinned } from '../sqlite/pins.ts'
import { knownTargets } from '../sqlite/targets.ts'
import type { Store } from '../store.ts'

/**
 * Keys. A pipeline whose file is gone is not known any more; a run that goes on counts however old it is.
 * @param runs how many of the newest runs count
 */
export function stageRoots({ index, layout }: Pick<Store, 'index' | 'layout'>, runs: number): Set<string> {
  const roots = new Set(pinned(index))
  for (const { file, keys } of knownTargets(index)) if (existsSync(file)) for (const key of Object.values(keys)) roots.add(key)
  const all = runsOf(index)
  const kept = all.filter(({ status }, newest) => newest < runs || status === 'running')
  for (const { id } of kept) for (const { key } of stagesOf(index, layout, id)) if (key !== null) roots.add(key)
  for (const { key } of index.all('SELECT key FROM leases')) roots.add(String(key))
  return roots
}
