/** What a computation tells those attached to it, and how it ends. */
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { StageFailure } from '../problem.ts'
import type { StageResult } from '../store/results.ts'
import type { StageReport, Stopped } from '../worker/stage-context.ts'

export type Progress = Extract<StageReport, { type: 'progress' }>

/** What those attached are told; one that comes later is told the last of each at once. */
export type ComputationEvent =
  /** `by` names the process that computes it, when it is another one; `worker` is the id of its worker here. */
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
  /** `found`: it was in the store when its turn came. */
  | { readonly end: 'done'; readonly how: 'run' | 'resumed' | 'found'; readonly result: StageResult }
  | { readonly end: 'failed'; readonly failure: StageFailure }
  /** Nobody wanted it any more; `at` when a checkpoint was written. */
  | { readonly end: 'stopped'; readonly at: Stopped | undefined }
  /** It goes on for others. */
  | { readonly end: 'left' }
