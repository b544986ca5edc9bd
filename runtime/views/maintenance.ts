/** What looking after a store did. */
import type { Garbage } from '../store/maintenance/gc.ts'

export interface GarbageView extends Garbage {
  /** Whether it is gone; without it nothing was changed. */
  readonly removed: boolean
  /** Bytes that results may take which nothing needs. */
  readonly budget: number
}

export type PinsView = { readonly pinned: readonly string[] } | { readonly unpinned: readonly string[] }
