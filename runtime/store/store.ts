/** What the rest of the runtime asks of the store. `disk-store.ts` is the one on disk. */
import type { Json } from '../../dsl/graph/stage-options.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { Network, Topology } from '../../stdlib/network.ts'
import type { Digest } from './address.ts'
import type { Checkpoint, CheckpointSearch } from './checkpoints.ts'
import type { KnownFunctions } from './functions.ts'
import type { IndexDb } from './index-db.ts'
import type { Layout } from './layout.ts'
import type { Lease } from './leases.ts'
import type { TrainingRecord, TrainingState } from './training-states.ts'

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

/** All methods reject with a StoreProblem and nothing else. */
export interface Store {
  readonly layout: Layout
  /** For what is about the store as a whole: history, leases, garbage. Stages go by the methods below. */
  readonly index: IndexDb
  /** Users' functions by fingerprint, for explanations. */
  readonly functions: KnownFunctions
  /** It cannot be written; reading works, and what must write rejects with a problem of kind `read-only`. */
  readonly readOnly: boolean

  findResult(key: string): Promise<FoundResult>
  /** In the order of the keys. One look at the index for all of them. */
  findResults(keys: readonly string[]): Promise<readonly FoundResult[]>
  /**
   * Keeps a finished stage, also as the newest of its path. Snapshots kept earlier for the same artifact stay. With a lease, which ends
   * with it, false and nothing kept when that has been lost.
   */
  putResult(result: StageResult, more?: Publication): Promise<boolean>
  /** Where trainings with this prefix have come to, in order of epochs, as far as objects are there; under any numerics when none are given. */
  trainingStates(prefix: string, numerics: Numerics | undefined): Promise<readonly TrainingState[]>
  /** Manifests of the results that `path` led to, the newest first, at most 16. */
  earlierManifests(path: string): Promise<readonly Json[]>

  /** With a lease that has been lost nothing is kept. */
  putMetrics(key: string, points: readonly MetricPoint[], lease?: Lease): Promise<void>
  /** In order of steps. */
  metricsOf(key: string, series: string): Promise<readonly MetricPoint[]>
  /** Names of the series kept for a stage, sorted. */
  seriesOf(key: string): Promise<readonly string[]>

  writeArtifact(network: Network): Promise<Digest>
  readArtifact(digest: Digest): Promise<Network>
  /** Of an artifact, without its weights; undefined when it cannot be read. */
  topologyOf(artifact: Digest): Promise<Topology | undefined>
  /** Whether an object is there; says nothing of its content. */
  hasObject(digest: Digest): Promise<boolean>
  /** undefined when the artifact and all its parts are there and sound, otherwise what is wrong. Damaged objects go to quarantine. */
  whatIsWrongWith(artifact: Digest): Promise<string | undefined>

  writeCheckpoint(key: string, checkpoint: Checkpoint): Promise<void>
  latestCheckpoint(key: string, numerics?: Numerics): Promise<CheckpointSearch>
  removeCheckpoints(key: string): Promise<void>

  close(): void
}
