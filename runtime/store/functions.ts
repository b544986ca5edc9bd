/**
 * Source of users' functions from past and present plans, by fingerprint: for explanations only. A key contains the fingerprint and
 * nothing of this, so losing a record costs part of an explanation, never a result.
 */
import type { Part } from '../fingerprint/fingerprint.ts'

export interface FunctionRecord {
  /** The user's name for it. */
  readonly name: string
  /** The function first, then everything it references. */
  readonly parts: readonly Part[]
  /** Version of the fingerprint algorithm; absent for the first version, and for data. */
  readonly version?: number
}

/** By fingerprint. */
export type FunctionRecords = ReadonlyMap<string, FunctionRecord>

export interface KnownFunctions {
  /** Stores the functions of a file that was just loaded. Names and locations are overwritten; writes only when something is new. */
  remember(records: FunctionRecords): Promise<void>
  /** The records among these fingerprints that exist. */
  find(fingerprints: Iterable<string>): Promise<FunctionRecords>
}

/** Fingerprints of the functions that serialised manifests contain. */
export const fingerprintsIn = (manifests: string): string[] =>
  Array.from(manifests.matchAll(/"fingerprint":"([^"]+)"/g), ([, fingerprint]) => fingerprint!)

/** Limits on stored source, in characters: for one part, and for all parts of a function. */
const longest = { part: 20_000, all: 400_000 }
const mostParts = 2000

/** Source beyond the limits is dropped: hashes still show that it changed. */
export function shortened({ parts, ...record }: FunctionRecord): FunctionRecord {
  let left = longest.all
  return {
    ...record,
    parts: parts.slice(0, mostParts).map((part) => {
      const text = part.text.length <= Math.min(longest.part, left) ? part.text : ''
      left -= text.length
      return { ...part, text }
    }),
  }
}
