/** What a store holds, piece by piece: what gc, `store stat` and `store verify` count, and what gc removes. */
import type { Digest } from './address.ts'

/** A file, or a folder with all in it. */
export interface StoredFile {
  readonly file: string
  readonly bytes: number
  /** Unix milliseconds of the last change; of a folder, the latest in it. */
  readonly changed: number
}

export interface StoredObject extends StoredFile {
  readonly digest: Digest
}

/** A result with the artifacts it stands for. */
export interface KeptResult {
  readonly key: string
  readonly kind: string
  readonly path: string
  /** Its own and those of its snapshots. */
  readonly artifacts: readonly KeptArtifact[]
  /** When it was last needed: Unix milliseconds that never go back. */
  readonly tick: number
}

export interface KeptArtifact {
  readonly artifact: Digest
  /** The epoch, or step, of a snapshot; absent for the stage's own. */
  readonly snapshot?: string
}

export interface IndexFault {
  /** What it is about: a stage's path, a key, a file. */
  readonly what: string
  readonly wrong: string
}

export interface KeptCheckpoint extends StoredFile {
  /** Whether its content is what was written. */
  sound(): Promise<boolean>
}

export const storeParts = ['objects', 'checkpoints', 'data', 'logs', 'runs', 'quarantine', 'tmp'] as const
export type StorePart = (typeof storeParts)[number]

/** What gc has found that nothing needs. */
export interface Removal {
  readonly results: readonly KeptResult[]
  readonly objects: readonly StoredObject[]
  readonly others: readonly StoredFile[]
}

/** Where objects and checkpoints are. All methods reject with a StoreProblem and nothing else. */
export interface StoredContents {
  objects(): Promise<readonly StoredObject[]>
  /** An object's bytes as they are, sound or not; undefined when they are not there. Nothing is set aside. */
  content(digest: Digest): Promise<Uint8Array | undefined>
  /** By stage, with all that they take. */
  checkpoints(): Promise<ReadonlyMap<string, StoredFile>>
  /** One by one. */
  eachCheckpoint(): Promise<readonly KeptCheckpoint[]>
  /** Converted data sets that machines share, by the hex digits of their addresses, with all that they take. */
  dataSets(): Promise<ReadonlyMap<string, StoredFile>>
  /** Damaged files, set aside. */
  quarantine(): Promise<readonly StoredFile[]>
  /** Files that are being written, or never will be. */
  unfinished(): Promise<readonly StoredFile[]>
  owns(file: Pick<StoredFile, 'file'>): boolean
  /** Unless it has changed since it was found. */
  remove(file: StoredFile): Promise<void>
  /** Moves what is damaged out of the way. @param name in the quarantine */
  setAside(damaged: Pick<StoredFile, 'file'>, name: string): Promise<void>
}

/** All methods reject with a StoreProblem and nothing else. */
export interface Inventory {
  readonly contents: Pick<StoredContents, 'objects' | 'content' | 'checkpoints' | 'eachCheckpoint' | 'setAside'>
  /** The artifact and its parts; alone when it is missing or damaged, so that nothing can be said of its parts. */
  partsOf(artifact: Digest): Promise<readonly Digest[]>
  /** Those least recently needed first. */
  results(): Promise<readonly KeptResult[]>
  parts(): Promise<{ readonly [part in StorePart]: readonly StoredFile[] }>
  /** Logs, export records, converted data and what else belongs to results that are gone, or to nothing. @param stays of a key */
  leftovers(stays: (key: string) => boolean, gone: ReadonlySet<string>): Promise<readonly StoredFile[]>
  /** Rows first and files after them: what is interrupted leaves files that nothing names, for the next time. */
  remove(removal: Removal): Promise<void>
  /** Forgets the result of a stage, or one of its snapshots: it is computed again. */
  forget(key: string, snapshot?: string): Promise<void>
  /** What is wrong with the index: what it says itself, and whatever stands in it that nobody wrote. */
  faults(): Promise<readonly IndexFault[]>
}

export const bytesOf = (files: Iterable<{ readonly bytes: number }>): number => Array.from(files).reduce((sum, { bytes }) => sum + bytes, 0)

/** A row's own artifact and those of its snapshots. */
export function artifactsOf({ artifact, snapshots }: ArtifactRow): KeptArtifact[] {
  const others = Object.entries(snapshots).map(([snapshot, artifact]) => ({ artifact, snapshot }))
  return artifact === null ? others : [{ artifact }, ...others]
}

interface ArtifactRow {
  readonly artifact: Digest | null
  readonly snapshots: { readonly [at: string]: Digest }
}
