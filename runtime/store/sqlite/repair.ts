/** Makes a damaged store on disk whole again: an index that SQLite cannot use is made anew from what can still be read of it and from the logs of runs. */

import { existsSync } from 'node:fs'
import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '../../../dsl/check/canonical.ts'
import { StoreProblem } from '../../problem.ts'
import { isKey } from '../address.ts'
import { refuseForeign } from '../folder/foreign.ts'
import { type Layout, layoutOf } from '../folder/layout.ts'
import { readRunLog } from '../folder/run-log.ts'
import { mend, type Repaired } from '../maintenance/repair.ts'
import { problems } from '../problems.ts'
import type { StageResult } from '../results.ts'
import { type DiskStore, isReadOnly, openDisk } from './disk-store.ts'
import { IndexDb } from './index-db.ts'
import { salvage } from './salvage.ts'

/** @throws StoreProblem */
export async function repair(directory: string, onProgress?: (done: number, of: number) => void): Promise<Repaired> {
  const layout = layoutOf(directory)
  refuseForeign(layout.root)
  if (!existsSync(layout.index) && !existsSync(layout.objects)) throw problems.notThere(layout.root)
  if (isReadOnly(layout)) throw problems.readOnly(layout.root, 'repair it')
  const rebuilt = (await isUsable(layout)) ? undefined : await rebuildIndex(layout)
  const store = await openDisk(layout.root, { existing: true })
  try {
    const index = rebuilt === undefined ? undefined : { ...rebuilt, fromLogs: await fromRunLogs(store) }
    return { index, findings: await mend(store, onProgress) }
  } finally {
    store.close()
  }
}

async function isUsable({ index }: Layout): Promise<boolean> {
  if (!existsSync(index)) return false
  try {
    const db = new IndexDb(index)
    const rows = db.all('PRAGMA quick_check')
    db.close()
    return rows.every((row) => Object.values(row)[0] === 'ok')
  } catch (problem) {
    if (problem instanceof StoreProblem && problem.kind === 'index-damaged') return false
    throw problem
  }
}

async function rebuildIndex(layout: Layout): Promise<{ rows: number; keptAs: string }> {
  await mkdir(layout.quarantine, { recursive: true })
  const keptAs = join(layout.quarantine, `index-${Date.now()}.sqlite`)
  for (const suffix of ['', '-wal', '-shm'])
    if (existsSync(`${layout.index}${suffix}`)) await rename(`${layout.index}${suffix}`, `${keptAs}${suffix}`)
  const fresh = new IndexDb(layout.index)
  try {
    return { rows: existsSync(keptAs) ? salvage(keptAs, fresh) : 0, keptAs }
  } finally {
    fresh.close()
  }
}

/** A finished stage's line carries its whole result. @returns how many the index did not have */
async function fromRunLogs({ layout, results }: DiskStore): Promise<number> {
  let added = 0
  const runs = (await readdir(layout.runs).catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number)
  for (const run of runs.sort((a, b) => a - b)) {
    for (const line of readRunLog(layout, run)) {
      const result = resultIn(line)
      if (result === undefined || (await results.get(result.key)) !== undefined) continue
      await results.put(result)
      added++
    }
  }
  return added
}

/** Only what looks like a result in every field: a log is a file, and anyone may have written in it. */
function resultIn({ result }: { readonly [field: string]: Json | undefined }): StageResult | undefined {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return undefined
  const { key, kind, path, manifest, artifact, snapshots, metrics, finished, seconds } = result as { readonly [field: string]: Json }
  const texts = [key, kind, path].every((text) => typeof text === 'string') && (artifact === undefined || typeof artifact === 'string')
  const numbers = [finished, seconds].every((number) => typeof number === 'number')
  const objects = [manifest, snapshots, metrics].every((value) => typeof value === 'object' && value !== null)
  return texts && numbers && objects && isKey(String(key)) ? (result as unknown as StageResult) : undefined // just checked
}
