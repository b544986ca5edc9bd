/** Results of store maintenance. */
import type { Digest } from '../store/address.ts'
import type { KeptResult } from '../store/inventory.ts'
import type { Garbage } from '../store/maintenance/gc.ts'

export interface GarbageView extends Omit<Garbage, 'results'> {
  /** Whether it was deleted; false for a dry run. */
  readonly removed: boolean
  /** Bytes that unneeded results may occupy. */
  readonly budget: number
  readonly results: readonly (Omit<KeptResult, 'artifacts'> & { readonly artifacts: readonly Digest[] })[]
}

export function garbageView(garbage: Garbage, done: Pick<GarbageView, 'removed' | 'budget'>): GarbageView {
  const results = garbage.results.map(({ artifacts, ...rest }) => ({ ...rest, artifacts: artifacts.map(({ artifact }) => artifact) }))
  return { ...done, ...garbage, results }
}

export type PinsView = { readonly pinned: readonly string[] } | { readonly unpinned: readonly string[] }
