/** Events of a run for its listeners (terminal, JSON lines, tests). Plain data. */
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
  /** For user-defined metrics: which direction is better. Absent if there are none. */
  readonly better?: Directions
}

/** By the metric's name in the results: `test/mae`. */
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
      /** Slots of this machine; not used when `workers` compute the stages. */
      readonly slots: number
      readonly threads: number
      /** For a run on a cluster: the workers connected when it starts. */
      readonly workers?: readonly { readonly by: string; readonly slots: number; readonly threads: number }[]
    }
  | { readonly event: 'hit'; readonly path: string; readonly kind: string; readonly key: string; readonly artifact: string | null }
  /**
   * `resumedAt`: the step of the checkpoint that the stage resumes from; absent if it starts from scratch. `steps`: 0 for stages without
   * steps. `by`: set if another process on the same store computes the stage; then a `hit` follows, or another start in this run.
   * `worker`: process id of this run's worker; absent for stages that run without one.
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
  /** The run was interrupted, and the stage stopped at a checkpoint. */
  | { readonly event: 'stage-stopped'; readonly path: string; readonly step: number; readonly steps: number }
  | {
      readonly event: 'done'
      readonly ok: boolean
      readonly interrupted: boolean
      readonly seconds: number
      readonly stages: StageCounts
      readonly results: readonly ArmResult[]
      /** Stages per kind of machine, if there was more than one kind: results then differ in the last bits. */
      readonly machineKinds?: readonly MachineKind[]
    }
