import type { Json } from '../../dsl/graph/stage-options.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { Digest } from './address.ts'
import type { Lease } from './leases.ts'

/** One finished stage. */
export interface StageResult {
  /** 64 hex digits. */
  readonly key: string
  readonly kind: string
  /** Path at the time it ran, for people; a later run may reach the same key by another path. */
  readonly path: string
  readonly manifest: Json
  /** Absent for stages that only measure. */
  readonly artifact: Digest | undefined
  /** Weights kept along the way, by epoch. */
  readonly snapshots: { readonly [epoch: string]: Digest }
  /** Final numbers: test/accuracy, sparsity, … */
  readonly metrics: { readonly [name: string]: number }
  readonly numerics: Numerics | undefined
  /** Unix milliseconds. */
  readonly finished: number
  /** Seconds of work, over all attempts. */
  readonly seconds: number
}

/** One point of a curve. Writing the same (key, series, step) again replaces it, so that curves never fork. */
export interface MetricPoint {
  readonly series: string
  readonly step: number
  readonly value: number
}

/** What the store knows under a key. A result counts only while its artifact's objects are there and sound. */
export type FoundResult =
  /** `snapshots` holds only those whose objects are sound. */
  | { readonly found: 'sound'; readonly result: StageResult }
  /** `reason` is for people: which part is missing or damaged. */
  | { readonly found: 'damaged'; readonly result: StageResult; readonly reason: string }
  | { readonly found: 'none' }

export interface Publication {
  readonly lease?: Lease
  readonly training?: TrainingRecord | undefined
}

/** What a finished training says beside its result. */
export interface TrainingRecord {
  /** Of what it has in common with longer and shorter ones; undefined when it depends on where it ends. */
  readonly prefix: string | undefined
  /** Where it ended, in epochs. */
  readonly epochs: number
  /** The object to continue from. */
  readonly state: Digest | undefined
  /** SHA-256 over all weights at the ends of epochs. */
  readonly weights: { readonly [epoch: string]: string }
}

export interface TrainingState {
  readonly epoch: number
  /** A checkpoint as an object; undefined when only the weights are known. */
  readonly state: Digest | undefined
  readonly artifact: Digest
}
