/** What a run tells its listeners (terminal, JSON lines, tests). Plain data, one shape for all. */
import type { ProblemText } from '../dsl/check/problem.ts'
import type { Label } from '../dsl/graph/stage.ts'

export interface StageCounts {
  readonly total: number
  readonly hit: number
  readonly run: number
  readonly resumed: number
  readonly failed: number
  readonly skipped: number
}

export interface ArmResult {
  readonly path: string
  readonly labels: readonly Label[]
  readonly artifact: string | null
  readonly metrics: { readonly [name: string]: number }
  /** Of metrics of the user's, which way is better. Absent where there are none. */
  readonly better?: Directions
}

/** By the names that results have: `test/mae`. */
export interface Directions {
  readonly [metric: string]: 'lower' | 'higher'
}

export interface MachineKind {
  /** Library, processor or GPU, threads. */
  readonly kind: string
  readonly stages: number
}

export type RunEvent =
  | {
      readonly event: 'start'
      readonly file: string
      readonly stages: number
      /** Of this machine, where `workers` do not compute the stages. */
      readonly slots: number
      readonly threads: number
      /** Of a run on a cluster: those that are there when it begins. */
      readonly workers?: readonly { readonly by: string; readonly slots: number; readonly threads: number }[]
    }
  | { readonly event: 'hit'; readonly path: string; readonly kind: string; readonly key: string; readonly artifact: string | null }
  /**
   * `resumedAt` is the step a checkpoint continues from; absent when the stage starts from scratch. `steps` is 0 for stages without steps.
   * `by` names the process that computes it, when it is another one on the same store: then it ends with a `hit`, or starts again here.
   * `worker` is the process id of this run's worker; absent for stages that need none.
   */
  | {
      readonly event: 'stage-start'
      readonly path: string
      readonly kind: string
      readonly key: string
      readonly steps: number
      readonly resumedAt?: number
      readonly by?: string
      readonly worker?: number
    }
  | {
      readonly event: 'progress'
      readonly path: string
      readonly step: number
      readonly steps: number
      readonly epoch: number
      readonly epochs: number
      readonly loss?: number
      readonly accuracy?: number
      readonly stepsPerSecond?: number
    }
  | {
      readonly event: 'stage-done'
      readonly path: string
      readonly kind: string
      readonly key: string
      readonly artifact: string | null
      readonly metrics: { readonly [name: string]: number }
      readonly seconds: number
    }
  | { readonly event: 'retry'; readonly path: string; readonly attempt: number; readonly problem: ProblemText }
  | { readonly event: 'stage-failed'; readonly path: string; readonly kind: string; readonly problem: ProblemText }
  | { readonly event: 'stage-skipped'; readonly path: string; readonly because: string }
  | { readonly event: 'warning'; readonly problem: ProblemText }
  /** A stage stopped at a checkpoint because the run was interrupted. */
  | { readonly event: 'stage-stopped'; readonly path: string; readonly step: number; readonly steps: number }
  | {
      readonly event: 'done'
      readonly ok: boolean
      readonly interrupted: boolean
      readonly seconds: number
      readonly stages: StageCounts
      readonly results: readonly ArmResult[]
      /** With how many stages each, when they were computed with several: their last bits differ. */
      readonly machineKinds?: readonly MachineKind[]
    }
