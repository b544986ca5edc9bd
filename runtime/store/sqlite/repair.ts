/**
 * Makes a damaged store whole again: damaged files are set aside, results that are not whole are forgotten so that they are computed
 * again, and an index that SQLite cannot use is made anew from what can still be read of it and from the logs of runs.
 * What is sound stays as it is.
 */

import { existsSync } from 'node:fs'
import { mkdir, readdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Json } from '../../../dsl/check/canonical.ts'
import { StoreProblem } from '../../problem.ts'
import { hexOf, isKey } from '../address.ts'
import { type Layout, layoutOf } from '../folder/layout.ts'
import { readRunLog } from '../folder/run-log.ts'
import { type Finding, verify } from '../maintenance/verify.ts'
import { problems } from '../problems.ts'
import type { StageResult } from '../results.ts'
import { type DiskStore, isReadOnly, openDisk } from './disk-store.ts'
import { IndexDb } from './index-db.ts'
import { salvage } from './salvage.ts'

export interface Repaired {
  /** Rows saved from a damaged index and results read from run logs; undefined when the index was sound. */
  readonly index: { readonly rows: number; readonly fromLogs: number; readonly keptAs: string } | undefined
  readonly findings: readonly Finding[]
}

/** @throws StoreProblem */
export async function repair(directory: string, onProgress?: (done: number, of: number) => void): Promise<Repaired> {
  const layout = layoutOf(directory)
  if (!existsSync(layout.index) && !existsSync(layout.objects)) throw problems.notThere(layout.root)
  if (isReadOnly(layout)) throw problems.readOnly(layout.root, 'repair it')
  const rebuilt = (await isUsable(layout)) ? undefined : await rebuildIndex(layout)
  const store = await openDisk(layout.root, { existing: true })
  try {
    const index = rebuilt === undefined ? undefined : { ...rebuilt, fromLogs: await fromRunLogs(store) }
    const { findings } = await verify(store, onProgress)
    for (const finding of findings) await mend(store, finding)
    return { index, findings }
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

async function mend({ layout, index }: DiskStore, { kind, what, file, key, snapshot }: Finding): Promise<void> {
  if (kind === 'object' || kind === 'checkpoint') {
    await mkdir(layout.quarantine, { recursive: true })
    await rename(file!, join(layout.quarantine, hexOf(what) ?? basename(file!))).catch(() => {}) // gone meanwhile is as good
  }
  if (kind !== 'result') return
  if (snapshot === undefined) index.run('DELETE FROM results WHERE key = ?', key!)
  else index.run('UPDATE results SET snapshots = json_remove(snapshots, ?) WHERE key = ?', `$."${snapshot}"`, key!)
}
