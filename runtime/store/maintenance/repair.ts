/**
 * Makes a store whole again: damaged files are set aside, and results that are not whole are forgotten so that they are computed again. What
 * is sound stays as it is.
 */
import { basename } from 'node:path'
import { hexOf } from '../address.ts'
import type { Store } from '../store.ts'
import { type Finding, verify } from './verify.ts'

export interface Repaired {
  /** Rows saved from a damaged index and results read from run logs; undefined when the index was sound. */
  readonly index: { readonly rows: number; readonly fromLogs: number; readonly keptAs: string | undefined } | undefined
  readonly findings: readonly Finding[]
  /** Results and checkpoints that are gone; null when the index was lost, and with it what there was. */
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
    // A line of a log says it twice, and the index once.
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
