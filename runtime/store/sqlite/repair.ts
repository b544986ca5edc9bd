/** Repairs a store on disk. An index that SQLite cannot use is rebuilt from its readable rows and from the logs of runs. */

import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { StoreProblem } from '../../problem.ts'
import { makeFile, makeFolder } from '../../shared-folder.ts'
import { refuseForeign } from '../folder/foreign.ts'
import { type Layout, layoutOf } from '../folder/layout.ts'
import { loggedRuns, readRunLog } from '../folder/run-log.ts'
import { whatIsThere } from '../folder/stored-files.ts'
import { refuseUnwritable } from '../folder/writable.ts'
import { type Repaired, repairContents } from '../maintenance/repair.ts'
import { problems } from '../problems.ts'
import { resultIn } from '../result-form.ts'
import type { StageResult } from '../results.ts'
import { type DiskStore, openDisk } from './disk-store.ts'
import { faultsIn, repairRows } from './faults.ts'
import { IndexDb } from './index-db.ts'
import { restoreRuns, runFaults } from './run-rows.ts'
import { salvage } from './salvage.ts'

/** @throws StoreProblem */
export async function repair(directory: string, onProgress?: (done: number, of: number) => void): Promise<Repaired> {
  const layout = layoutOf(directory)
  refuseForeign(layout.root)
  if (!existsSync(layout.index) && whatIsThere(layout) === undefined) throw problems.notThere(layout.root)
  refuseUnwritable(layout.root, 'repair it')
  const rebuilt = isUsable(layout) ? undefined : rebuildIndex(layout)
  const store = await openDisk(layout.root, { existing: true, rebuilt: rebuilt !== undefined })
  try {
    const faults = faultsIn(store.index)
    const runs = rebuilt === undefined ? runFaults(store.index, layout) : []
    const repaired = faults.length === 0 ? undefined : repairIndex(store)
    restoreRuns(store.index, layout)
    const from = rebuilt ?? repaired
    const lost = new Set(faults.flatMap(({ table, key, what }) => (table === 'results' ? [key ?? what] : [])))
    const index = from && { ...from, fromLogs: await fromRunLogs(store, rebuilt === undefined ? lost : undefined) }
    const findings = [...faults, ...runs].map(({ what, wrong }) => ({ kind: 'index', what, wrong }) as const)
    const whole = await repairContents(store, onProgress)
    const gone = Math.max(0, lost.size - (index?.fromLogs ?? 0))
    return { index, findings: [...findings, ...whole.findings], missing: rebuilt === undefined ? whole.missing + gone : null }
  } finally {
    store.close()
  }
}

/** Whether SQLite can read it and it has our tables; their contents are checked later. */
function isUsable(layout: Layout): boolean {
  if (!existsSync(layout.index)) return false
  try {
    const index = new IndexDb(layout.index)
    try {
      return index.damage().length === 0 && !(index.isEmpty() && whatIsThere(layout) !== undefined)
    } finally {
      index.close()
    }
  } catch (problem) {
    if (problem instanceof StoreProblem && problem.kind === 'index-damaged') return false
    throw problem
  }
}

const setAside = (layout: Layout): string => {
  makeFolder(layout.quarantine)
  return join(layout.quarantine, `index-${Date.now()}.sqlite`)
}

function rebuildIndex(layout: Layout): { rows: number; keptAs: string | undefined } {
  const keptAs = setAside(layout)
  for (const suffix of ['', '-wal', '-shm'])
    if (existsSync(`${layout.index}${suffix}`)) renameSync(`${layout.index}${suffix}`, `${keptAs}${suffix}`)
  makeFile(layout.index)
  const fresh = new IndexDb(layout.index)
  try {
    return existsSync(keptAs) ? { rows: salvage(keptAs, fresh), keptAs } : { rows: 0, keptAs: undefined }
  } finally {
    fresh.close()
  }
}

/** In place, because other processes may have it open. */
function repairIndex({ index, layout }: DiskStore): { rows: number; keptAs: string } {
  const keptAs = setAside(layout)
  index.run('VACUUM INTO ?', keptAs)
  return { rows: repairRows(index), keptAs }
}

/**
 * Restores results from run logs.
 * @param lost keys or paths of the results that the index has lost; undefined: restore all that it lacks
 * @returns how many were added
 */
async function fromRunLogs({ layout, results }: DiskStore, lost: ReadonlySet<string> | undefined): Promise<number> {
  const newest = new Map<string, StageResult>()
  for (const run of loggedRuns(layout)) {
    for (const line of readRunLog(layout, run)) {
      const result = resultIn(line)
      if (result !== undefined) newest.set(result.key, result)
    }
  }
  let added = 0
  for (const result of newest.values()) {
    const wanted = lost === undefined || lost.has(result.path) || lost.has(result.key)
    if (!wanted || (await results.get(result.key)) !== undefined) continue
    await results.put(result)
    added++
  }
  return added
}
