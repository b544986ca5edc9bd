/** Checkpoints of stages that are being computed: everything a stage needs to continue exactly. The last two of each stage are kept. */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { Digest } from './address.ts'
import type { StoredTensor } from './safetensors.ts'

/** What is known of a checkpoint without its tensors. */
export interface CheckpointHeader {
  /** Steps done in this stage. */
  readonly step: number
  /** Sums, series so far and whatever else the stage counts in JavaScript. */
  readonly counters: Json
  /** Artifacts of the epochs kept so far. */
  readonly snapshots?: { readonly [epoch: string]: Digest }
  /** Of a replay, whose stage has a result: the snapshot that it is made for. */
  readonly replays?: string
  /** Continuing under other numerics would give other bits. */
  readonly numerics: Numerics
}

export interface Checkpoint extends CheckpointHeader {
  /** Weights and optimizer slots. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

/** One that is kept. What is read of it can turn out to be no use. */
export interface StoredCheckpoint {
  readonly step: number
  /** When it was written: Unix milliseconds. */
  readonly written: number
  /** Without its tensors, of which nothing is read: whether they are sound is known only when all of it is. */
  header(): Promise<CheckpointHeader | Unusable>
  /** All of it, its content checked. */
  load(): Promise<Checkpoint | Unusable>
}

/** `gone`: the stage has finished meanwhile. */
export type Unusable = 'gone' | 'damaged' | 'of another version'

/** All methods reject with a StoreProblem and nothing else. */
export interface Checkpoints {
  /** Keeps a checkpoint and removes all but the last two written. */
  write(key: string, checkpoint: Checkpoint): Promise<void>
  /** Those of a stage, the furthest first. */
  list(key: string): Promise<readonly StoredCheckpoint[]>
  /** Removes all of a stage; none is no error. */
  remove(key: string): Promise<void>
  /** Keys of the stages that may have some. */
  keys(): Promise<readonly string[]>
}

export interface CheckpointSearch<Found extends CheckpointHeader = Checkpoint> {
  readonly checkpoint: Found | undefined
  /** Why newer ones were passed over, for people. */
  readonly ignored: readonly string[]
}

type From = Pick<Checkpoints, 'list'>

export type Search<Found extends CheckpointHeader> = (from: From, key: string, numerics?: Numerics) => Promise<CheckpointSearch<Found>>

/**
 * The furthest sound checkpoint. With `numerics`, only one made under the same; others are left where they are, for the machine that made
 * them. Damaged ones are passed over.
 */
export function latestCheckpoint(from: From, key: string, numerics?: Numerics): Promise<CheckpointSearch> {
  return furthest(from, key, numerics, (each) => each.load())
}

/** The same by headers alone: the tensors may turn out to be damaged. */
export function latestHeader(from: From, key: string, numerics?: Numerics): Promise<CheckpointSearch<CheckpointHeader>> {
  return furthest(from, key, numerics, (each) => each.header())
}

/** `latestHeader` for many stages, of which few have any: which ones is asked once. */
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

/** In what two numerics differ, for people. */
export function numericsDiffer(theirs: Numerics, ours: Numerics): string[] {
  const names = Object.keys({ ...theirs, ...ours }) as (keyof Numerics)[]
  return names.filter((name) => theirs[name] !== ours[name]).map((name) => `${name} ${theirs[name]} instead of ${ours[name]}`)
}
