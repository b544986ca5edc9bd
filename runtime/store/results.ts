/** Results of finished stages, the curves of their trainings, and what is asked of them for plans and explanations. */
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

export interface CurveAsked {
  /** Steps, both included. Default: all. */
  readonly from?: number
  readonly to?: number
  readonly most: number
}

/** Of a whole curve: more than a screen has dots across. A store may keep them ready. */
export const overviewPieces = 2000

export interface Curve {
  /** In the whole of it. */
  readonly points: number
  readonly pieces: readonly CurvePiece[]
}

/** Neighbours together; what is no number is left out. */
export interface CurvePiece {
  /** The first of them. */
  readonly step: number
  readonly mean: number
  readonly low: number
  readonly high: number
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

/** How long a stage took, and with which options. */
export interface StageDuration {
  readonly seconds: number
  readonly options: Json
}

/** Where a stage of a kind stands. */
interface KnownPlace {
  readonly path: string
  readonly kind: string
}

/** A result by what it was made from. */
export interface UsedResult {
  readonly key: string
  readonly path: string
  readonly kind: string
  /** Digests by role. */
  readonly inputs: Json
}

/** All methods reject with a StoreProblem and nothing else. */
export interface Results {
  find(key: string): Promise<FoundResult>
  /** In the order of the keys. One query for all of them. */
  findMany(keys: readonly string[]): Promise<readonly FoundResult[]>
  /** As it was kept; whether its objects are there is not looked at. */
  get(key: string): Promise<StageResult | undefined>
  count(): Promise<number>
  /**
   * Keeps a finished stage, also as the newest of its path. Snapshots kept earlier for the same artifact stay. With a lease, which ends
   * with it, false and nothing kept when that has been lost.
   */
  put(result: StageResult, more?: Publication): Promise<boolean>
  /** Undefined when the artifact and all its parts are there and sound, otherwise what is wrong, for people. Damaged objects are set aside. */
  whatIsWrongWith(artifact: Digest): Promise<string | undefined>

  /** Where trainings with this prefix have come to, in order of epochs, as far as objects are there; under any numerics when none are given. */
  trainingStates(prefix: string, numerics: Numerics | undefined): Promise<readonly TrainingState[]>
  /** What a result that is kept was put with; undefined for what is no training, or from before that was kept. */
  trainingOf(result: StageResult): Promise<TrainingRecord | undefined>
  /** SHA-256 over all weights, by epoch; empty for results from before they were kept. */
  epochWeights(key: string): Promise<{ readonly [epoch: string]: string }>

  /** With a lease that has been lost nothing is kept. */
  putMetrics(key: string, points: readonly MetricPoint[], lease?: Lease): Promise<void>
  /** In order of steps. */
  metricsOf(key: string, series: string): Promise<readonly MetricPoint[]>
  /** The same in pieces, `most` about, with the extremes of each: a curve of a million points need not be read. */
  curveOf(key: string, series: string, asked: CurveAsked): Promise<Curve>
  /** Names of the series kept for a stage, sorted. */
  seriesOf(key: string): Promise<readonly string[]>

  /** Of each path the manifests of the results that it led to, the newest first, at most 16. */
  earlierManifests(paths: readonly string[]): Promise<readonly (readonly Json[])[]>
  /** Of each place that of the newest result of its kind that it led to. */
  lastDurations(places: readonly KnownPlace[]): Promise<readonly (StageDuration | undefined)[]>
  /** Of some 200 results of a kind, wherever they stood. */
  durations(kind: string): Promise<readonly StageDuration[]>
  /** Those used last, the newest first. */
  lastUsed(most: number): Promise<readonly UsedResult[]>
  /** Of which the key, or the digest of the artifact, begins with these hex digits. */
  beginningWith(digits: string): Promise<readonly KnownStage[]>
  /** The place whose stage made an artifact, or kept it as a snapshot. */
  makerOf(artifact: Digest): Promise<string | undefined>
}
