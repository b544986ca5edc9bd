/** What was run in a store: runs with their stages and logs, and which stages the targets of pipelines lead to. */
import type { Json } from '../../dsl/check/canonical.ts'
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
  /** What its target leads to from now on. */
  readonly target: KnownTarget
}

export type LoggedEvent = Exclude<RunEvent, { event: 'progress' }>

export interface NotedEvent {
  readonly event: LoggedEvent
  /** Unix milliseconds. */
  readonly time: number
}

/** A line of a run's log as it was kept: whoever reads it checks what is needed. */
export type LogLine = { readonly [field: string]: Json | undefined }

export interface KnownTarget {
  /** Absolute. */
  readonly file: string
  /** On another machine, so that nobody here can see whether the file is still there. Absent of those of this one. */
  readonly elsewhere?: true
  /** The machine on which the file is. Default: this one. */
  readonly host?: string
  readonly target: string
  /** Keys by path. */
  readonly keys: { readonly [path: string]: string }
}

/** A run that came to a stage. */
export interface PastOutcome {
  readonly run: number
  readonly outcome: StageOutcome
  readonly because: string | null
}

export interface KnownStage {
  /** Where it stood when it was last met. */
  readonly path: string
  readonly key: string
}

/** All methods reject with a StoreProblem or the system's error. */
export interface Journal {
  /** @returns the run's number */
  begin(run: RunBeginning): Promise<number>
  /** Lines of the run's log. That of a finished stage carries its whole result. */
  write(run: number, events: readonly NotedEvent[]): Promise<void>
  /** At one moment: the outcomes of its stages, that what it found was used, and what its target leads to. */
  finish(run: number, end: RunFinish): Promise<void>

  /** The newest first, by number: clocks may go back. */
  runs(asked?: RunsAsked): Promise<readonly RunEntry[]>
  run(id: number): Promise<RunEntry | undefined>
  /** In the order in which the run came to them. */
  stagesOf(run: number): Promise<readonly RunStage[]>
  /** Without lines that were cut short; none when there is no log. */
  readLog(run: number): Promise<readonly LogLine[]>
  /** Gives at each call what is new in the log since the last one, at the first all that is there. */
  followLog(run: number): () => Promise<readonly LogLine[]>
  /** Where users find the log. */
  whereIs(run: number): string

  /** The runs that met a stage, the newest first, at most 20. */
  outcomesOf(key: string): Promise<readonly PastOutcome[]>
  /** Every place that led to a stage, with the key it led to last: by runs, the newest first, then by planning and older stores. */
  places(): Promise<readonly KnownStage[]>
  /** Of the stages that runs met. @param digits of the key */
  beginningWith(digits: string): Promise<readonly KnownStage[]>

  targets(): Promise<readonly KnownTarget[]>
  /** Keys by path; undefined when it is not known. */
  keysOf(file: string, target: string): Promise<KnownTarget['keys'] | undefined>
  /** Writes nothing when that is known already, or the store is read-only. */
  remember(target: KnownTarget): Promise<void>
}
