/** What the rest of the runtime asks of the store. `node-store.ts` is the one on disk. */
import type { Json } from '../../dsl/stage.ts'
import type { Numerics } from '../../stdlib/engine.ts'

/** `sha256:` and 64 hex digits: the content address of an artifact. */
export type Digest = string

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
