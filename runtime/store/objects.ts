/** Content-addressed storage: an object's address is the SHA-256 of its content, so objects are immutable. */
import type { Digest } from './address.ts'

/** All methods reject with a StoreProblem and nothing else. Safe for concurrent use by any number of processes. */
export interface Objects {
  /** Stores `content`; an intact existing object is not rewritten. */
  put(content: Uint8Array): Promise<Digest>
  /**
   * The object's bytes, verified against its address. A damaged object is quarantined and rejected with a StoreProblem of kind `corrupt`, a
   * missing one with kind `missing`. Either way the caller can have it recomputed.
   */
  get(digest: Digest): Promise<Uint8Array>
  /** Whether it exists; its content is not verified. */
  has(digest: Digest): Promise<boolean>
  /** Its location, for users. */
  whereIs(digest: Digest): Promise<StoredPlace>
}

export interface StoredPlace {
  /** A file, or another description that users understand. */
  readonly file: string
  /** Null when it is missing. */
  readonly bytes: number | null
}
