/** Shared storage: where several machines keep objects and checkpoints. */
import type { ObjectsInStore } from './checked-artifacts.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { StoredContents } from './inventory.ts'

export interface SharedPlace {
  /** Address, for display and for other processes of this machine. */
  readonly at: string
  readonly objects: ObjectsInStore
  readonly checkpoints: Checkpoints
  readonly files: StoredContents
  readonly writable: boolean
  /** Other contents, by name: `data/…`. */
  readonly pieces: Pieces
  /** Removes temporary files of killed processes. */
  sweep?(): Promise<void>
  /** A small text that identifies the store it belongs to. */
  readonly mark: {
    read(): Promise<string | undefined>
    /** No-op when it exists. */
    create(text: string): Promise<unknown>
    /** Names of other files there. */
    others(): Promise<readonly string[]>
  }
}

/** All methods reject with a StoreProblem and nothing else. */
interface Pieces {
  put(name: string, content: Uint8Array): Promise<void>
  get(name: string): Promise<Buffer | undefined>
  /** Not an error when missing. */
  remove(name: string): Promise<void>
}

/** File name of the mark. */
export const markName = 'store.json'

export const isS3 = (place: string): boolean => /^s3:/i.test(place)
