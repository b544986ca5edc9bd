/** The data that the page requests from its server: views and their context. Plain data, also used in the report. */
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { StageKind } from '../../dsl/graph/stage-options.ts'
import type { RunStage } from '../store/journal.ts'
import type { Remark } from '../store/remarks.ts'
import type { RunComparison } from '../views/compare.ts'
import type { ProgressView } from '../views/progress.ts'
import type { ListedRun } from '../views/run-record.ts'
import type { ShownOption } from '../views/stage-options.ts'
import type { StageFacts } from '../views/stage-record.ts'
import type { WhyView } from '../views/why.ts'

export interface Site {
  readonly stores: readonly { readonly name: string; readonly location: string; readonly readOnly: boolean }[]
  /** The user's file name with its target; null if the page shows only stores. */
  readonly file: string | null
  readonly target: string | null
  /** Why the current file cannot be used; the page then shows its previous state. */
  readonly problem: ProblemText | null
}

export type RemarkedRun = ListedRun & Remark

export interface RunsPage {
  /** At most one page. */
  readonly runs: readonly RemarkedRun[]
  /** Number of matches. */
  readonly total: number
  /** All tags in the store, sorted, at most 100. */
  readonly tags: readonly string[]
}

export interface RunPage {
  readonly run: RemarkedRun
  /** Number of arms with results. */
  readonly results: number
  readonly stages: StagesPage
  readonly log: string
}

export interface StagesPage {
  readonly stages: readonly RunStage[]
  readonly total: number
}

/** Only stages that differ, at most a few hundred. */
export interface ComparedRuns extends RunComparison {
  readonly same: number
  readonly differing: number
}

export interface StagePage {
  readonly stage: StageFacts
  readonly kind: string
  readonly options: readonly ShownOption[]
  readonly series: readonly string[]
  /** Differences to the most similar result of the same place; null if there is none. */
  readonly why: Pick<WhyView, 'compared' | 'differences'> | null
}

/** Columns; `low` and `high` are the extremes of the steps summarised by a point. */
export interface CurveColumns {
  readonly steps: readonly number[]
  readonly mean: readonly number[]
  readonly low: readonly number[]
  readonly high: readonly number[]
  /** Of the whole curve. */
  readonly points: number
}

export interface LogPage {
  readonly text: string
  /** Number of omitted characters before it. */
  readonly before: number
  readonly of: number
}

export type StageState = 'done' | 'stopped' | 'waiting' | 'running' | 'failed' | 'skipped'

export interface GraphPage {
  readonly file: string
  readonly target: string
  readonly stages: readonly { readonly path: string; readonly kind: StageKind; readonly key: string | null; readonly state: StageState }[]
  /** Indices into `stages`. */
  readonly edges: readonly { readonly from: number; readonly to: number; readonly role: string }[]
}

export interface LiveRun {
  readonly store: number
  readonly run: number
  readonly file: string
  readonly target: string | null
  /** `2 × 1 thread`, or `2 workers: 4 × 8 threads` at the start; empty until the run's start event. */
  readonly computing: string
  readonly progress: ProgressView
}

export interface MachinePage {
  readonly cores: number
  /** Load average over the last minute. */
  readonly load: number
  readonly memory: { readonly total: number; readonly free: number }
  readonly gpus: readonly {
    readonly name: string
    readonly memory: { readonly total: number; readonly used: number } | null
    /** 0 to 1. */
    readonly use: number | null
  }[]
  readonly server: { readonly memory: number }
}

/** Events that the server pushes. */
export type Told =
  | { readonly told: 'changed'; readonly what: readonly Topic[] }
  | { readonly told: 'live'; readonly runs: readonly LiveRun[] }

/** What may have changed: affected views request it again. `plan` means the stages of the file, and `graph` their states. */
export type Topic = 'runs' | 'run' | 'study' | 'plan' | 'graph' | 'site'
