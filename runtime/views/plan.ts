/** A plan by arm: what each stage does and why, with equal rows of several seeds merged. */
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { StageResources } from '../../dsl/graph/stage.ts'
import type { PlannedStage } from '../plan/plan.ts'
import type { TrainingSteps } from '../plan/training-steps.ts'
import { splitPath } from './arms.ts'
import type { Edge } from './graph.ts'

type Status = PlannedStage['status']

export interface PlanView {
  /** As given on the command line, with its target. */
  readonly file: string
  readonly targets: readonly string[]
  readonly counts: { readonly [S in Status]: number }
  /** With and without sharing between arms. */
  readonly trainingSteps: TrainingSteps | null
  /** Estimated duration, from earlier runs. */
  readonly seconds: number | null
  readonly warnings: readonly ProblemText[]
  readonly stages: readonly Omit<PlannedStage, 'id' | 'manifest'>[]
  readonly edges: readonly Edge[]
  readonly arms: readonly ArmPlan[]
}

export interface ArmPlan {
  /** Empty if there is only one. */
  readonly arm: string
  readonly seeds: readonly string[]
  readonly rows: readonly PlanRow[]
}

/** One stage of one arm, for all seeds with the same status and reasons. */
export interface PlanRow {
  readonly stage: string
  readonly status: Status
  readonly reasons: readonly string[]
  /** Names relative to the arm. */
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
  const arms = Map.groupBy(
    stages.map((stage) => ({ ...splitPath(stage.path), planned: stage })),
    ({ arm }) => arm,
  )
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
      seeds: [...new Set(own.map(({ seed }) => seed))],
      rows: rowsOf(own),
    })),
  }
}

interface Placed extends ReturnType<typeof splitPath> {
  readonly planned: PlannedStage
}

function rowsOf(stages: readonly Placed[]): PlanRow[] {
  const rows = Map.groupBy(stages, (stage) => JSON.stringify(rowOf(stage)))
  const all = [...rows.values()].map((same) => ({ ...rowOf(same[0]!), seeds: same.map(({ seed }) => seed) }))
  return [...Map.groupBy(all, ({ stage }) => stage).values()].flat()
}

const waiting = 'waits for '

function rowOf({ arm, stage, planned: { status, reasons, resources } }: Placed): Omit<PlanRow, 'seeds'> {
  const [waits, others] = [reasons.filter(isWaiting), reasons.filter((reason) => !isWaiting(reason))]
  const waitsFor = waits.map((reason) => {
    const other = splitPath(reason.slice(waiting.length))
    return other.arm === arm || other.arm === '' ? other.stage : `${other.arm}/${other.stage}`
  })
  return {
    stage,
    status,
    reasons: others,
    waitsFor: [...new Set(waitsFor)],
    ...(resources === undefined || status === 'hit' ? {} : { resources }),
  }
}

const isWaiting = (reason: string): boolean => reason.startsWith(waiting)
