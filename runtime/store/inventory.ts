/** The contents of a store, piece by piece: what gc, `store stat` and `store verify` count, and what gc removes. */
import type { Digest } from './address.ts'

/** A file, or a folder with its contents. */
export interface StoredFile {
  readonly file: string
  readonly bytes: number
  /** Last modification in Unix milliseconds; for a folder, the latest within it. */
  readonly changed: number
}

export interface StoredObject extends StoredFile {
  readonly digest: Digest
}

/** A result and its artifacts. */
export interface KeptResult {
  readonly key: string
  readonly kind: string
  readonly path: string
  /** The stage's artifact and those of its snapshots. */
  readonly artifacts: readonly KeptArtifact[]
  /** When it was last used: Unix milliseconds, monotonic within a store. */
  readonly tick: number
}

export interface KeptArtifact {
  readonly artifact: Digest
  /** The epoch, or step, of a snapshot; absent for the stage's own artifact. */
  readonly snapshot?: string
}

export interface IndexFault {
  /** The subject: a stage's path, a key, a file. */
  readonly what: string
  readonly wrong: string
}

export interface KeptCheckpoint extends StoredFile {
  /** Whether its content is intact. */
  sound(): Promise<boolean>
}

export const storeParts = ['objects', 'checkpoints', 'data', 'logs', 'runs', 'quarantine', 'tmp'] as const
export type StorePart = (typeof storeParts)[number]

/** What gc has found to be unreferenced. */
export interface Removal {
  readonly results: readonly KeptResult[]
  readonly objects: readonly StoredObject[]
  readonly others: readonly StoredFile[]
}

/** Storage of objects and checkpoints. All methods reject with a StoreProblem and nothing else. */
export interface StoredContents {
  objects(): Promise<readonly StoredObject[]>
  /** An object's bytes, unverified; undefined when missing. A damaged object is not quarantined. */
  content(digest: Digest): Promise<Uint8Array | undefined>
  /** Total size by stage. */
  checkpoints(): Promise<ReadonlyMap<string, StoredFile>>
  /** Individually. */
  eachCheckpoint(): Promise<readonly KeptCheckpoint[]>
  /** Total size of converted data sets in shared storage, by the hex digits of their addresses. */
  dataSets(): Promise<ReadonlyMap<string, StoredFile>>
  /** Damaged files that were set aside. */
  quarantine(): Promise<readonly StoredFile[]>
  /** Temporary files: being written, or left by killed processes. */
  unfinished(): Promise<readonly StoredFile[]>
  owns(file: Pick<StoredFile, 'file'>): boolean
  /** Skipped when it has changed since it was listed. */
  remove(file: StoredFile): Promise<void>
  /** Moves a damaged file to quarantine. @param name in the quarantine */
  setAside(damaged: Pick<StoredFile, 'file'>, name: string): Promise<void>
}

/** All methods reject with a StoreProblem and nothing else. */
export interface Inventory {
  readonly contents: Pick<StoredContents, 'objects' | 'content' | 'checkpoints' | 'eachCheckpoint' | 'setAside'>
  /** The artifact and its parts; only the artifact when it is missing or damaged, since its parts are then unknown. */
  partsOf(artifact: Digest): Promise<readonly Digest[]>
  /** Least recently used first. */
  results(): Promise<readonly KeptResult[]>
  parts(): Promise<{ readonly [part in StorePart]: readonly StoredFile[] }>
  /** Logs, export records, converted data and other files of removed results, or of none. @param stays whether a key's result is kept */
  leftovers(stays: (key: string) => boolean, gone: ReadonlySet<string>): Promise<readonly StoredFile[]>
  /** Removes rows first, then files: an interruption leaves only unreferenced files, which the next gc removes. */
  remove(removal: Removal): Promise<void>
  /** Removes the result of a stage, or one of its snapshots, so that it is recomputed. */
  forget(key: string, snapshot?: string): Promise<void>
  /** Faults of the index: those it reports itself, and invalid rows. */
  faults(): Promise<readonly IndexFault[]>
}

export const bytesOf = (files: Iterable<{ readonly bytes: number }>): number => Array.from(files).reduce((sum, { bytes }) => sum + bytes, 0)

/** The row's own artifact and those of its snapshots. */
export function artifactsOf({ artifact, snapshots }: ArtifactRow): KeptArtifact[] {
  const others = Object.entries(snapshots).map(([snapshot, artifact]) => ({ artifact, snapshot }))
  return artifact === null ? others : [{ artifact }, ...others]
}

interface ArtifactRow {
  readonly artifact: Digest | null
  readonly snapshots: { readonly [at: string]: Digest }
}
