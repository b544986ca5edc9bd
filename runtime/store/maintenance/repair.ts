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
}

/** @throws StoreProblem */
export async function mend(store: Store, onProgress?: (done: number, of: number) => void): Promise<readonly Finding[]> {
  const { findings } = await verify(store, onProgress)
  for (const { kind, what, file, key, snapshot, logged } of findings) {
    if (kind === 'object' || kind === 'checkpoint') await store.inventory.contents.setAside({ file: file! }, hexOf(what) ?? basename(file!))
    if (kind === 'result') await store.inventory.forget(key!, snapshot)
    // A line of a log says it twice, and the index once.
    if (logged !== undefined && (logged.artifact === undefined || (await store.results.whatIsWrongWith(logged.artifact)) === undefined))
      await store.results.put(logged)
  }
  return findings
}
