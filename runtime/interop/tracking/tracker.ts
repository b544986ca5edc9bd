/** What programs that show experiments are told of a run: its arms, what they are made of, and how far they have come. Plain data. */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { Label } from '../../../dsl/graph/stage.ts'

export interface TrackedStage {
  readonly path: string
  /** No other stage of the arm is called so: `train`, `finetune#2`. */
  readonly name: string
  readonly kind: string
  /** By dotted names. */
  readonly options: { readonly [name: string]: Json }
  readonly trains: boolean
}

/** An arm with one seed. */
export interface TrackedArm {
  /** 64 hex digits: what it is made of, before anything has run. The same computation has the same, today and tomorrow. */
  readonly origin: string
  /** `seed=0/hybrid` */
  readonly path: string
  readonly labels: readonly Label[]
  /** What became its network, step by step, and last what measures it. */
  readonly stages: readonly TrackedStage[]
}

export interface TrackedStudy {
  /** The pipeline's file as the user wrote it. */
  readonly file: string
  /** `hybrid`, or `hybrid#sweep` for a target that is not the default one. */
  readonly name: string
  readonly arms: readonly TrackedArm[]
}

/** How far an arm has come. */
export interface ArmNow {
  readonly arm: TrackedArm
  readonly status: 'running' | 'finished' | 'failed' | 'stopped'
  /** By the paths of its stages, as far as they were met. */
  readonly keys: ReadonlyMap<string, string>
  /** Unix milliseconds: when its first training was begun, in this run or an earlier one. */
  readonly began: number
  /** Of an arm that is finished. */
  readonly ended: number | undefined
  /** Names as they are tracked; what is no number is left out. */
  readonly metrics: { readonly [tag: string]: number }
  /** The content address of its network. */
  readonly artifact: string | undefined
}

export interface TrackedPoint {
  readonly tag: string
  readonly step: number
  readonly value: number
  /** Unix milliseconds; of a training of an earlier run, where the step lies between its beginning and its end. */
  readonly time: number
}

/** The points of an arm's curves after those that are known, in order of steps within a tag. @param last the last step of a tag */
export type PointsAfter = (last: (tag: string) => number | undefined) => Promise<readonly TrackedPoint[]>

export interface Tracker {
  /** For people: `MLflow at http://127.0.0.1:5000`. */
  readonly name: string
  /**
   * Brings what it has of an arm up to date. What was told before, in this run or an earlier one, is not told again; after an error the
   * rest can be told by another call. @throws Error that says what is in the way
   */
  update(now: ArmNow, points: PointsAfter): Promise<void>
}

/** A curve's name: `validation/accuracy.train`, beside the result's `validation/accuracy`. */
export const curveTag = (series: string, stage: string): string => tagged(`${series}.${stage}`)

/**
 * As all trackers take it: letters, digits, spaces, `_ - . /`, at most 250 characters, no path that leads elsewhere. `#` becomes a point:
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
