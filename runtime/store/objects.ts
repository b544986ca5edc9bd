/** Content-addressed bytes: an object's address is the SHA-256 of its content, so it is never changed, only added. */
import type { Digest } from './address.ts'

/** All methods reject with a StoreProblem and nothing else. Any number of processes may put and get at once. */
export interface Objects {
  /** Keeps `content`; an object that is there and sound is not written again. */
  put(content: Uint8Array): Promise<Digest>
  /**
   * The object's bytes, checked against its address. A damaged one is set aside and thrown as a StoreProblem of kind `corrupt`; a missing
   * one is of kind `missing`. Either way the caller can have it computed again.
   */
  get(digest: Digest): Promise<Uint8Array>
  /** Whether it is there; says nothing of its content. */
  has(digest: Digest): Promise<boolean>
  /** Where users find it. */
  whereIs(digest: Digest): Promise<StoredPlace>
}

export interface StoredPlace {
  /** A file, or another name that users understand. */
  readonly file: string
  /** Null when it is not there. */
  readonly bytes: number | null
}
