import type { Json } from '../../dsl/graph/stage-options.ts'
import type { RunEvent, StageCounts } from '../run-event.ts'

export const stageOutcomes = ['hit', 'run', 'resumed', 'failed', 'skipped', 'stopped'] as const

export type StageOutcome = (typeof stageOutcomes)[number]

export interface RunStage {
  readonly path: string
  /** Unknown for stages that were skipped. */
  readonly key: string | null
  readonly kind: string
  /** `stopped` when the run ended first. */
  readonly outcome: StageOutcome
  /** Of work in this run. */
  readonly seconds: number
  /** Why it failed or was skipped. */
  readonly because: string | null
}

/** `killed`: it never said how it ended, and its process is gone. */
export const runStatuses = ['running', 'done', 'failed', 'interrupted', 'killed'] as const

export type RunStatus = (typeof runStatuses)[number]

export interface RunEntry {
  readonly id: number
  /** Absolute. */
  readonly file: string
  readonly target: string | null
  /** Unix milliseconds. */
  readonly started: number
  readonly status: RunStatus
  /** Null while it runs, and when it was killed. */
  readonly seconds: number | null
  /** Null until it has ended. */
  readonly stages: StageCounts | null
}

export interface RunsAsked {
  readonly status?: RunStatus | undefined
  /** Part of the file's path. */
  readonly file?: string | undefined
  /** Default: all. */
  readonly most?: number | undefined
}

export type LoggedEvent = Exclude<RunEvent, { event: 'progress' }>

/** A line of a log as it stands on the disk: whoever reads it checks what is needed. */
export type LogLine = { readonly [field: string]: Json | undefined }

export interface KnownTarget {
  /** Absolute. */
  readonly file: string
  readonly target: string
  /** Keys by path. */
  readonly keys: { readonly [path: string]: string }
}

export interface StageRef {
  /** Where it stood when it was last met. */
  readonly path: string
  readonly key: string
}
