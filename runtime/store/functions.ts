import type { Part } from '../fingerprint/fingerprint.ts'

export interface FunctionRecord {
  /** What the user calls it. */
  readonly name: string
  /** The function first, then everything it reaches. */
  readonly parts: readonly Part[]
}

/** By fingerprint. */
export type FunctionRecords = ReadonlyMap<string, FunctionRecord>
