/** Results of finished stages, training curves, and queries for plans and explanations. */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { Digest } from './address.ts'
import type { KnownStage } from './journal.ts'
import type { Lease } from './leases.ts'

/** One finished stage. */
export interface StageResult {
  /** 64 hex digits. */
  readonly key: string
  readonly kind: string
  /** Path when it was computed, for display; a later run may reach the same key by another path. */
  readonly path: string
  readonly manifest: Json
  /** Absent for stages that only measure. */
  readonly artifact: Digest | undefined
  /** Artifacts of the weights kept during training, by epoch. */
  readonly snapshots: { readonly [epoch: string]: Digest }
  /** Final metrics: test/accuracy, sparsity, … */
  readonly metrics: { readonly [name: string]: number }
  readonly numerics: Numerics | undefined
  /** Unix milliseconds. */
  readonly finished: number
  /** Computing time in seconds, over all attempts. */
  readonly seconds: number
}

/** One point of a curve. Writing the same (key, series, step) again replaces it, so that curves never fork. */
export interface MetricPoint {
  readonly series: string
  readonly step: number
  readonly value: number
}

export interface CurveAsked {
  /** Range of steps, inclusive. Default: all. */
  readonly from?: number
  readonly to?: number
  readonly most: number
}

/** Pieces of a whole curve: more than a screen has pixels across. A store may precompute them. */
export const overviewPieces = 2000

export interface Curve {
  /** Points in the whole curve. */
  readonly points: number
  readonly pieces: readonly CurvePiece[]
}

/** Consecutive points combined; NaN values are left out. */
export interface CurvePiece {
  /** The first step. */
  readonly step: number
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** The lookup of a key. A result is sound only while its artifact's objects are present and intact. */
export type FoundResult =
  /** `snapshots` contains only those whose objects are intact. */
  | { readonly found: 'sound'; readonly result: StageResult }
  /** `reason` is for display: which part is missing or damaged. */
  | { readonly found: 'damaged'; readonly result: StageResult; readonly reason: string }
  | { readonly found: 'none' }

export interface Publication {
  readonly lease?: Lease
  readonly training?: TrainingRecord | undefined
}

/** What a finished training stores in addition to its result. */
export interface TrainingRecord {
  /** Hash of what it shares with shorter and longer trainings; undefined when its steps depend on its length. */
  readonly prefix: string | undefined
  /** Length in epochs. */
  readonly epochs: number
  /** The object to resume from. */
  readonly state: Digest | undefined
  /** SHA-256 over all weights, by epoch. */
  readonly weights: { readonly [epoch: string]: string }
}

export interface TrainingState {
  readonly epoch: number
  /** A checkpoint stored as an object; undefined when only the weights are available. */
  readonly state: Digest | undefined
  readonly artifact: Digest
}

/** Computing time of a stage, in seconds, and its options. */
export interface StageDuration {
  readonly seconds: number
  readonly options: Json
}

/** A position in a pipeline. */
interface KnownPlace {
  readonly path: string
  readonly kind: string
}

/** A result and the inputs that it was computed from. */
export interface UsedResult {
  readonly key: string
  readonly path: string
  readonly kind: string
  /** Digests, by role of the input. */
  readonly inputs: Json
}

/** All methods reject with a StoreProblem and nothing else. */
export interface Results {
  find(key: string): Promise<FoundResult>
  /** In the order of the keys, in one query. */
  findMany(keys: readonly string[]): Promise<readonly FoundResult[]>
  /** As stored; its objects are not checked. */
  get(key: string): Promise<StageResult | undefined>
  count(): Promise<number>
  /**
   * Stores a finished stage, also as the newest of its path. Snapshots stored earlier for the same artifact are kept. The lease, if given,
   * ends in the same transaction; if it was lost, nothing is stored and the answer is false.
   */
  put(result: StageResult, more?: Publication): Promise<boolean>
  /** Undefined when the artifact and its parts are present and intact, else the reason, for display. Damaged objects are quarantined. */
  whatIsWrongWith(artifact: Digest): Promise<string | undefined>

  /** States of trainings with this prefix whose objects exist, ordered by epoch; for any numerics when none are given. */
  trainingStates(prefix: string, numerics: Numerics | undefined): Promise<readonly TrainingState[]>
  /** The training record that a stored result was put with; undefined for other stages, and for results of older versions. */
  trainingOf(result: StageResult): Promise<TrainingRecord | undefined>
  /** SHA-256 over all weights, by epoch; empty for results of versions that did not store them. */
  epochWeights(key: string): Promise<{ readonly [epoch: string]: string }>

  /** No-op when the given lease was lost. */
  putMetrics(key: string, points: readonly MetricPoint[], lease?: Lease): Promise<void>
  /** Ordered by step. */
  metricsOf(key: string, series: string): Promise<readonly MetricPoint[]>
  /** A downsampled curve of about `most` pieces, each with its extremes: avoids reading a million points. */
  curveOf(key: string, series: string, asked: CurveAsked): Promise<Curve>
  /** Names of the series stored for a stage, sorted. */
  seriesOf(key: string): Promise<readonly string[]>

  /** For each path, the manifests of its results, newest first, at most 16. */
  earlierManifests(paths: readonly string[]): Promise<readonly (readonly Json[])[]>
  /** For each place, the duration of its newest result of the same kind. */
  lastDurations(places: readonly KnownPlace[]): Promise<readonly (StageDuration | undefined)[]>
  /** Durations of up to 200 results of a kind, at any path. */
  durations(kind: string): Promise<readonly StageDuration[]>
  /** Most recently used first. */
  lastUsed(most: number): Promise<readonly UsedResult[]>
  /** Stages whose key, or whose artifact's digest, begins with these hex digits. */
  beginningWith(digits: string): Promise<readonly KnownStage[]>
  /** The path of the stage that produced an artifact, or kept it as a snapshot. */
  makerOf(artifact: Digest): Promise<string | undefined>
}
