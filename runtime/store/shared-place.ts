/** Where objects and checkpoints are that machines share. */
import type { ObjectsInStore } from './checked-artifacts.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { StoredContents } from './inventory.ts'

export interface SharedPlace {
  /** Its address: shown to users, and used by other processes of this machine. */
  readonly at: string
  readonly objects: ObjectsInStore
  readonly checkpoints: Checkpoints
  readonly files: StoredContents
  readonly writable: boolean
  /** Other contents by name: `data/…`. */
  readonly pieces: Pieces
  /** Removes what killed processes left half written. */
  sweep?(): Promise<void>
  /** A small text that says which store it belongs to. */
  readonly mark: {
    read(): Promise<string | undefined>
    /** Nothing happens when there is one. */
    create(text: string): Promise<unknown>
    /** Some of what else is there. */
    others(): Promise<readonly string[]>
  }
}

/** All methods reject with a StoreProblem and nothing else. */
interface Pieces {
  put(name: string, content: Uint8Array): Promise<void>
  get(name: string): Promise<Buffer | undefined>
  /** None is no error. */
  remove(name: string): Promise<void>
}

/** The file of the mark. */
export const markName = 'store.json'

export const isS3 = (place: string): boolean => /^s3:/i.test(place)
