import type { Json } from '../../dsl/graph/stage-options.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { Digest } from './address.ts'
import type { StoredTensor } from './safetensors.ts'

export interface Checkpoint {
  /** Steps done in this stage. */
  readonly step: number
  /** Weights and optimizer slots. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** Sums, series so far and whatever else the stage counts in JavaScript. */
  readonly counters: Json
  /** Artifacts of the epochs kept so far. */
  readonly snapshots?: { readonly [epoch: string]: Digest }
  /** Continuing under other numerics would give other bits. */
  readonly numerics: Numerics
}

export interface CheckpointSearch {
  readonly checkpoint: Checkpoint | undefined
  /** Why newer ones were passed over, for people. */
  readonly ignored: readonly string[]
}

/** In what two numerics differ, for people. */
export function numericsDiffer(theirs: Numerics, ours: Numerics): string[] {
  const names = Object.keys({ ...theirs, ...ours }) as (keyof Numerics)[]
  return names.filter((name) => theirs[name] !== ours[name]).map((name) => `${name} ${theirs[name]} instead of ${ours[name]}`)
}
