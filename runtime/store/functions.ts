/**
 * What users' functions of earlier and present plans looked like, by fingerprint: for explanations only. A key holds the fingerprint and
 * nothing of this, so what is lost here costs a sentence, never a result.
 */
import type { Part } from '../fingerprint/fingerprint.ts'

export interface FunctionRecord {
  /** What the user calls it. */
  readonly name: string
  /** The function first, then everything it reaches. */
  readonly parts: readonly Part[]
  /** How the fingerprint was made; absent of the first version, and of data. */
  readonly version?: number
}

/** By fingerprint. */
export type FunctionRecords = ReadonlyMap<string, FunctionRecord>

export interface KnownFunctions {
  /** Those of a file that was just loaded. Names and places are the newest; written only when something is new. */
  remember(records: FunctionRecords): Promise<void>
  /** Those of them that are known. */
  find(fingerprints: Iterable<string>): Promise<FunctionRecords>
}

/** Fingerprints of the functions that a text of manifests names. */
export const fingerprintsIn = (manifests: string): string[] =>
  Array.from(manifests.matchAll(/"fingerprint":"([^"]+)"/g), ([, fingerprint]) => fingerprint!)

/** Characters of source that are kept, of one part and of all parts of a function. */
const longest = { part: 20_000, all: 400_000 }
const mostParts = 2000

/** Sources beyond the limits are left out: hashes still tell that they changed. */
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
