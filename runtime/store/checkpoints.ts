/** Checkpoints of unfinished stages: everything needed to resume exactly. The last two of each stage are kept. */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { Digest } from './address.ts'
import type { StoredTensor } from './safetensors.ts'

/** A checkpoint's metadata, without its tensors. */
export interface CheckpointHeader {
  /** Steps done in this stage. */
  readonly step: number
  /** Running sums, series so far and other state that the stage keeps in JavaScript. */
  readonly counters: Json
  /** Artifacts of the snapshots taken so far, by epoch. */
  readonly snapshots?: { readonly [epoch: string]: Digest }
  /** Set for a replay, that is, a stage with a result that is recomputed for a missing snapshot: which snapshot. */
  readonly replays?: string
  /** Resuming under different numerics would not be bit-exact. */
  readonly numerics: Numerics
}

export interface Checkpoint extends CheckpointHeader {
  /** Weights and optimizer slots. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

/** A checkpoint in the store. Reading it may still show that it is unusable. */
export interface StoredCheckpoint {
  readonly step: number
  /** When it was written: Unix milliseconds. */
  readonly written: number
  /** Reads the metadata only, so damaged tensors go undetected until `load`. */
  header(): Promise<CheckpointHeader | Unusable>
  /** Reads and validates the whole checkpoint. */
  load(): Promise<Checkpoint | Unusable>
}

/** `gone`: removed because the stage has finished meanwhile. */
export type Unusable = 'gone' | 'damaged' | 'of another version'

/** All methods reject with a StoreProblem and nothing else. */
export interface Checkpoints {
  /** Keeps a checkpoint and removes all but the last two written. */
  write(key: string, checkpoint: Checkpoint): Promise<void>
  /** Checkpoints of a stage, highest step first. */
  list(key: string): Promise<readonly StoredCheckpoint[]>
  /** Removes all checkpoints of a stage; not an error when there are none. */
  remove(key: string): Promise<void>
  /** Keys of stages that may have checkpoints. */
  keys(): Promise<readonly string[]>
}

export interface CheckpointSearch<Found extends CheckpointHeader = Checkpoint> {
  readonly checkpoint: Found | undefined
  /** Why newer ones were skipped, for display. */
  readonly ignored: readonly string[]
}

type From = Pick<Checkpoints, 'list'>

export type Search<Found extends CheckpointHeader> = (from: From, key: string, numerics?: Numerics) => Promise<CheckpointSearch<Found>>

/**
 * The intact checkpoint with the highest step. With `numerics`, only one made under the same numerics; others are kept for the machine
 * that made them. Damaged ones are skipped.
 */
export function latestCheckpoint(from: From, key: string, numerics?: Numerics): Promise<CheckpointSearch> {
  return furthest(from, key, numerics, (each) => each.load())
}

/** As `latestCheckpoint`, but reads headers only: the tensors may still be damaged. */
export function latestHeader(from: From, key: string, numerics?: Numerics): Promise<CheckpointSearch<CheckpointHeader>> {
  return furthest(from, key, numerics, (each) => each.header())
}

/** `latestHeader` for many stages, few of which have checkpoints: lists the keys once. */
export function latestHeaders(checkpoints: Pick<Checkpoints, 'keys'>): Search<CheckpointHeader> {
  let started: Promise<ReadonlySet<string>> | undefined
  return async (from, key, numerics) => {
    started ??= checkpoints.keys().then((keys) => new Set(keys))
    return (await started).has(key) ? latestHeader(from, key, numerics) : { checkpoint: undefined, ignored: [] }
  }
}

async function furthest<Found extends CheckpointHeader>(
  from: From,
  key: string,
  numerics: Numerics | undefined,
  read: (each: StoredCheckpoint) => Promise<Found | Unusable>,
): Promise<CheckpointSearch<Found>> {
  const ignored: string[] = []
  for (const each of await from.list(key)) {
    const checkpoint = await read(each)
    if (checkpoint === 'gone') continue
    const different = typeof checkpoint === 'string' || numerics === undefined ? [] : numericsDiffer(checkpoint.numerics, numerics)
    if (typeof checkpoint === 'string') ignored.push(`the checkpoint at step ${each.step} is ${checkpoint}`)
    else if (different.length === 0) return { checkpoint, ignored }
    else ignored.push(`the checkpoint at step ${each.step} was made with other numerics (${different.join(', ')})`)
  }
  return { checkpoint: undefined, ignored }
}

/** The fields in which two numerics differ, for display. */
export function numericsDiffer(theirs: Numerics, ours: Numerics): string[] {
  const names = Object.keys({ ...theirs, ...ours }) as (keyof Numerics)[]
  return names.filter((name) => theirs[name] !== ours[name]).map((name) => `${name} ${theirs[name]} instead of ${ours[name]}`)
}
