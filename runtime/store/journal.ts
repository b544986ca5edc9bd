/** What was run in a store: runs with their stages and logs, and the stages that pipeline targets resolve to. */
import type { Json } from '../../dsl/check/canonical.ts'
import type { RunEvent, StageCounts } from '../run-event.ts'

export const stageOutcomes = ['hit', 'run', 'resumed', 'failed', 'skipped', 'stopped'] as const
export type StageOutcome = (typeof stageOutcomes)[number]

export interface RunStage {
  readonly path: string
  /** Null for skipped stages. */
  readonly key: string | null
  readonly kind: string
  /** `stopped` when the run ended before the stage did. */
  readonly outcome: StageOutcome
  /** Time spent in this run. */
  readonly seconds: number
  /** Why it failed or was skipped; null otherwise. */
  readonly because: string | null
}

/** `killed`: no end was recorded, and the process is gone. */
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
  /** Substring of the file's path. */
  readonly file?: string | undefined
  /** At most this many. Default: all. */
  readonly most?: number | undefined
}

export interface RunBeginning {
  /** Absolute. */
  readonly file: string
  readonly target: string
  /** Unix milliseconds. */
  readonly started: number
}

export interface RunFinish {
  readonly status: Exclude<RunStatus, 'running' | 'killed'>
  readonly seconds: number
  readonly counts: StageCounts | null
  readonly stages: readonly RunStage[]
  /** What its target now resolves to. */
  readonly target: KnownTarget
}

export type LoggedEvent = Exclude<RunEvent, { event: 'progress' }>

export interface NotedEvent {
  readonly event: LoggedEvent
  /** Unix milliseconds. */
  readonly time: number
}

/** A line of a run's log as stored: readers validate the fields that they use. */
export type LogLine = { readonly [field: string]: Json | undefined }

export interface KnownTarget {
  /** Absolute. */
  readonly file: string
  /** Set when it is on another machine, where the existence of the file cannot be checked. */
  readonly elsewhere?: true
  /** The machine that has the file. Default: this one. */
  readonly host?: string
  readonly target: string
  /** Keys by path. */
  readonly keys: { readonly [path: string]: string }
}

/** The outcome of a stage in an earlier run. */
export interface PastOutcome {
  readonly run: number
  readonly outcome: StageOutcome
  readonly because: string | null
}

export interface KnownStage {
  /** Its path in the pipeline when it was last seen. */
  readonly path: string
  readonly key: string
}

/** All methods reject with a StoreProblem or the system's error. */
export interface Journal {
  /** @returns the run's number */
  begin(run: RunBeginning): Promise<number>
  /** Appends to the run's log. The line of a finished stage contains its whole result. */
  write(run: number, events: readonly NotedEvent[]): Promise<void>
  /** In one transaction: the outcomes of its stages, the use of results that were hits, and what its target resolves to. */
  finish(run: number, end: RunFinish): Promise<void>

  /** Newest first, by number, since clocks may go back. */
  runs(asked?: RunsAsked): Promise<readonly RunEntry[]>
  run(id: number): Promise<RunEntry | undefined>
  /** In the order in which the run reached them. */
  stagesOf(run: number): Promise<readonly RunStage[]>
  /** Truncated lines are left out; empty when there is no log. */
  readLog(run: number): Promise<readonly LogLine[]>
  /** Each call returns the lines added since the previous one; the first returns all. */
  followLog(run: number): () => Promise<readonly LogLine[]>
  /** Location of the log, for users. */
  whereIs(run: number): string

  /** The runs that reached a stage, newest first, at most 20. */
  outcomesOf(key: string): Promise<readonly PastOutcome[]>
  /** Every path seen, with the key it last resolved to: from runs, newest first, then from plans and older stores. */
  places(): Promise<readonly KnownStage[]>
  /** Stages of past runs. @param digits prefix of the key */
  beginningWith(digits: string): Promise<readonly KnownStage[]>

  targets(): Promise<readonly KnownTarget[]>
  /** Keys by path; undefined for an unknown target. */
  keysOf(file: string, target: string): Promise<KnownTarget['keys'] | undefined>
  /** No-op when it is recorded already, or the store is read-only. */
  remember(target: KnownTarget): Promise<void>
}
