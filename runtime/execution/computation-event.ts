/** Events and outcome of a computation, as attached runs receive them. */
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { StageFailure } from '../problem.ts'
import type { StageResult } from '../store/results.ts'
import type { StageReport, Stopped } from '../worker/stage-context.ts'

export type Progress = Extract<StageReport, { type: 'progress' }>

/** Sent to everyone attached; a late one first gets the last `started` and `progress`. */
export type ComputationEvent =
  /** `by`: the process that computes it, if another one; `worker`: process id of its worker on this machine. */
  | {
      readonly event: 'started'
      readonly steps: number
      readonly resumedAt: number | undefined
      readonly by?: string
      readonly worker?: number | undefined
    }
  | { readonly event: 'progress'; readonly progress: Progress }
  | { readonly event: 'retry'; readonly attempt: number; readonly problem: ProblemText }

export type ComputationEnd =
  /** `found`: a lookup found it in the store. */
  | { readonly end: 'done'; readonly how: 'run' | 'resumed' | 'found'; readonly result: StageResult }
  | { readonly end: 'failed'; readonly failure: StageFailure }
  /** Nobody is attached any more; `at` when a checkpoint was written. */
  | { readonly end: 'stopped'; readonly at: Stopped | undefined }
  /** Released, while it continues for others. */
  | { readonly end: 'left' }
