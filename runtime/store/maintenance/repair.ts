/**
 * Repairs a store: damaged files are quarantined, and results that are not intact are removed so that they are recomputed. Intact parts are
 * left unchanged.
 */
import { basename } from 'node:path'
import { hexOf } from '../address.ts'
import type { Store } from '../store.ts'
import { type Finding, verify } from './verify.ts'

export interface Repaired {
  /** Rows recovered from a damaged index and results read from run logs; undefined when the index was intact. */
  readonly index: { readonly rows: number; readonly fromLogs: number; readonly keptAs: string | undefined } | undefined
  readonly findings: readonly Finding[]
  /** Results and checkpoints that are gone; null when the index was lost, since the previous number is then unknown. */
  readonly missing: number | null
}

interface RepairedContents {
  readonly findings: readonly Finding[]
  readonly missing: number
}

/** @throws StoreProblem */
export async function repairContents(store: Store, onProgress?: (done: number, of: number) => void): Promise<RepairedContents> {
  const { findings } = await verify(store, onProgress)
  let missing = 0
  for (const { kind, what, file, key, snapshot, logged } of findings) {
    if (kind === 'object' || kind === 'checkpoint') await store.inventory.contents.setAside({ file: file! }, hexOf(what) ?? basename(file!))
    if (kind === 'result') await store.inventory.forget(key!, snapshot)
    // The log wins over the index: its line contains the same values twice, and `resultIn` has checked that they agree.
    if (logged !== undefined && (logged.artifact === undefined || (await store.results.whatIsWrongWith(logged.artifact)) === undefined))
      await store.results.put(logged)
  }
  for (const { kind, key, snapshot } of findings) {
    if (kind === 'checkpoint') missing++
    if (kind !== 'result') continue
    const kept = await store.results.get(key!)
    if (kept === undefined || (snapshot !== undefined && kept.snapshots[snapshot] === undefined)) missing++
  }
  return { findings, missing }
}
