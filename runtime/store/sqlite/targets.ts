/** Targets of the pipelines a store knows, and the stages they lead to: gc keeps those. */

import { canonical } from '../../../dsl/check/canonical.ts'
import type { KnownTarget } from '../journal.ts'
import type { IndexDb } from './index-db.ts'

/** Of a planned stage. */
interface PlannedKey {
  readonly path: string
  readonly key: string | null
  readonly status: string
}

export function knownTargets(index: IndexDb): KnownTarget[] {
  return index.all('SELECT * FROM targets ORDER BY file, target').map(({ file, target, keys }) => ({
    file: String(file),
    target: String(target),
    keys: JSON.parse(String(keys)) as KnownTarget['keys'], // written by `remember`
  }))
}

/** A run has gone through these stages: from now on they are what the target leads to. Writes nothing when that is known. */
export function rememberRun(index: IndexDb, file: string, target: string, keys: KnownTarget['keys']): void {
  remember(index, file, target, canonical(keys))
}

/** A plan knows only some of the keys; what a run came to before stays. */
export function rememberPlan(index: IndexDb, file: string, target: string, stages: readonly PlannedKey[]): void {
  const planned = Object.fromEntries(stages.flatMap(({ path, key, status }) => (key === null || status === 'run' ? [] : [[path, key]])))
  const before = knownKeys(index, file, target)
  remember(index, file, target, canonical({ ...(before === undefined ? {} : JSON.parse(before)), ...planned }))
}

export function isKnownRun(index: IndexDb, file: string, target: string, keys: KnownTarget['keys']): boolean {
  return knownKeys(index, file, target) === canonical(keys)
}

function remember(index: IndexDb, file: string, target: string, keys: string): void {
  if (index.readOnly || knownKeys(index, file, target) === keys) return
  index.run('INSERT OR REPLACE INTO targets (file, target, keys) VALUES (?, ?, ?)', file, target, keys)
}

function knownKeys(index: IndexDb, file: string, target: string): string | undefined {
  const row = index.all('SELECT keys FROM targets WHERE file = ? AND target = ?', file, target)[0]
  return row === undefined ? undefined : String(row.keys)
}
