/** The data of a run for experiment trackers: arms, their stages, and their progress. Plain data. */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { Label } from '../../../dsl/graph/stage.ts'

export interface TrackedStage {
  readonly path: string
  /** Unique name in the arm: `train`, `finetune#2`. */
  readonly name: string
  readonly kind: string
  /** By dotted name. */
  readonly options: { readonly [name: string]: Json }
  readonly trains: boolean
}

/** An arm with one seed. */
export interface TrackedArm {
  /** 64 hex digits that identify the computation before it runs. The same computation always has the same id. */
  readonly origin: string
  /** `seed=0/hybrid` */
  readonly path: string
  readonly labels: readonly Label[]
  /** Stages from the first to the network, then the evaluation. */
  readonly stages: readonly TrackedStage[]
}

export interface TrackedStudy {
  /** The pipeline's file as the user wrote it. */
  readonly file: string
  /** `hybrid`, or `hybrid#sweep` for a target that is not the default one. */
  readonly name: string
  readonly arms: readonly TrackedArm[]
}

/** Progress of an arm. */
export interface ArmNow {
  readonly arm: TrackedArm
  readonly status: 'running' | 'finished' | 'failed' | 'stopped'
  /** Keys by path, for stages seen so far. */
  readonly keys: ReadonlyMap<string, string>
  /** Unix milliseconds: start of its first training, in this run or an earlier one. */
  readonly began: number
  /** Unix milliseconds; only for a finished arm. */
  readonly ended: number | undefined
  /** By tracked name; non-numeric values are omitted. */
  readonly metrics: { readonly [tag: string]: number }
  /** Content address of its network. */
  readonly artifact: string | undefined
}

export interface TrackedPoint {
  readonly tag: string
  readonly step: number
  readonly value: number
  /** Unix milliseconds; for a training of an earlier run, interpolated between its start and end. */
  readonly time: number
}

/** The points of an arm's curves after the given last steps, ordered by step within each tag. @param last last step of a tag */
export type PointsAfter = (last: (tag: string) => number | undefined) => Promise<readonly TrackedPoint[]>

export interface Tracker {
  /** Name for messages: `MLflow at http://127.0.0.1:5000`. */
  readonly name: string
  /**
   * Updates the tracker's data of an arm. Data reported before, in this run or an earlier one, is not repeated. After an error, another
   * call can report the rest. @throws Error with the cause
   */
  update(now: ArmNow, points: PointsAfter): Promise<void>
}

/** A curve's name: `validation/accuracy.train`, beside the result's `validation/accuracy`. */
export const curveTag = (series: string, stage: string): string => tagged(`${series}.${stage}`)

/**
 * A name that all trackers accept: letters, digits, spaces, `_ - . /`, at most 250 characters, no relative path. `#` becomes a dot:
 * `finetune.2`.
 */
export function tagged(name: string): string {
  const parts = name
    .replaceAll('#', '.')
    .replace(/[^\p{L}\p{N}_\-. /]/gu, '_')
    .split('/')
    .map((part) => (/^\.*$/.test(part) ? '_' : part))
  return parts.join('/').slice(0, 250)
}
