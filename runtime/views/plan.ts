/** A plan: what is to be done and why, arm by arm; what is the same for all seeds is there once. */
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { StageResources } from '../../dsl/graph/stage.ts'
import type { PlannedStage } from '../plan/plan.ts'
import type { TrainingSteps } from '../plan/training-steps.ts'
import { splitPath } from './arms.ts'
import type { Edge } from './graph.ts'

type Status = PlannedStage['status']

export interface PlanView {
  /** As the user wrote it, with its target. */
  readonly file: string
  readonly targets: readonly string[]
  readonly counts: { readonly [S in Status]: number }
  /** With what the arms share, and without. */
  readonly trainingSteps: TrainingSteps | null
  /** That the run may take, from earlier ones. */
  readonly seconds: number | null
  readonly warnings: readonly ProblemText[]
  readonly stages: readonly Omit<PlannedStage, 'id' | 'manifest'>[]
  readonly edges: readonly Edge[]
  readonly arms: readonly ArmPlan[]
}

export interface ArmPlan {
  /** The empty string where there is only one. */
  readonly arm: string
  readonly seeds: readonly string[]
  readonly rows: readonly PlanRow[]
}

/** One stage of one arm, for all seeds that have the same to say. */
export interface PlanRow {
  readonly stage: string
  readonly status: Status
  readonly reasons: readonly string[]
  /** Stages as seen from the arm. */
  readonly waitsFor: readonly string[]
  readonly resources?: StageResources
  readonly seeds: readonly string[]
}

export interface PlanFacts {
  readonly file: string
  readonly target: string
  readonly edges: readonly Edge[]
  readonly training?: TrainingSteps
  readonly seconds?: number | undefined
  readonly warnings?: readonly ProblemText[]
}

export function planView(stages: readonly PlannedStage[], { file, target, edges, training, seconds, warnings = [] }: PlanFacts): PlanView {
  const counts = { hit: 0, resume: 0, run: 0, unknown: 0 }
  for (const { status } of stages) counts[status]++
  const arms = Map.groupBy(stages, ({ path }) => splitPath(path).arm)
  return {
    file,
    targets: [target],
    counts,
    trainingSteps: training ?? null,
    seconds: seconds ?? null,
    warnings,
    stages: stages.map(({ id: _id, manifest: _manifest, ...shown }) => shown),
    edges,
    arms: [...arms].map(([arm, own]) => ({
      arm,
      seeds: [...new Set(own.map(({ path }) => splitPath(path).seed))],
      rows: rowsOf(arm, own),
    })),
  }
}

function rowsOf(arm: string, stages: readonly PlannedStage[]): PlanRow[] {
  const rows = Map.groupBy(stages, (stage) => JSON.stringify(rowOf(arm, stage)))
  const all = [...rows.values()].map((same) => ({ ...rowOf(arm, same[0]!), seeds: same.map(({ path }) => splitPath(path).seed) }))
  const order = [...new Set(all.map(({ stage }) => stage))]
  return order.flatMap((name) => all.filter(({ stage }) => stage === name))
}

const waiting = 'waits for '

function rowOf(arm: string, { path, status, reasons, resources }: PlannedStage): Omit<PlanRow, 'seeds'> {
  const waitsFor = reasons
    .filter((reason) => reason.startsWith(waiting))
    .map((reason) => {
      const other = splitPath(reason.slice(waiting.length))
      return other.arm === arm || other.arm === '' ? other.stage : `${other.arm}/${other.stage}`
    })
  return {
    stage: splitPath(path).stage,
    status,
    reasons: reasons.filter((reason) => !reason.startsWith(waiting)),
    waitsFor: [...new Set(waitsFor)],
    ...(resources === undefined || status === 'hit' ? {} : { resources }),
  }
}
