/** What the rest of the runtime asks of the store. `disk-store.ts` is the one on disk. */
import type { Json } from '../../dsl/graph/stage-options.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { Digest } from './address.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { ExportRecords } from './exports.ts'
import type { Layout } from './folder/layout.ts'
import type { Lease } from './leases.ts'
import type { DataFolder } from './location.ts'
import type { Objects } from './objects.ts'
import type { FoundResult, MetricPoint, Publication, StageResult, TrainingState } from './results.ts'
import type { KnownFunctions } from './sqlite/functions.ts'
import type { IndexDb } from './sqlite/index-db.ts'

/** The part of a store without its index: what a worker process has. */
export interface StoreFiles {
  /** By which other processes find it, and people: its folder. */
  readonly location: string
  readonly objects: Objects
  readonly checkpoints: Checkpoints
  readonly exports: ExportRecords
  readonly data: DataFolder
}

/** All methods reject with a StoreProblem and nothing else. */
export interface Store extends StoreFiles {
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

  /** undefined when the artifact and all its parts are there and sound, otherwise what is wrong. Damaged objects go to quarantine. */
  whatIsWrongWith(artifact: Digest): Promise<string | undefined>

  close(): void
}
