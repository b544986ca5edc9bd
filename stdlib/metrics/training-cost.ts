/** The training cost of a result, for comparisons at equal cost. */
import { isTraining, type Stage, type StageRef } from '../../dsl/graph/stage.ts'

/** Unknown values are omitted. */
export interface TrainingCost {
  /** Σ over its trainings of MACs for an image × images seen. Retraining counts; the backward pass (twice as much) does not. */
  'training/macs'?: number
  /** The same for its teachers, excluding shared stages; absent if there are none. */
  'training/teacher-macs'?: number
}

/**
 * Over all stages that lead to `end`, each once.
 * @param macsOf a training's forward passes; undefined if unknown
 */
export function trainingCost(stages: ReadonlyMap<string, Stage>, end: string, macsOf: (stage: string) => number | undefined): TrainingCost {
  const own = trainings(stages, end, (role) => !role.startsWith('teacher'))
  const teachers = trainings(stages, end, () => true).filter((id) => !own.includes(id))
  const cost: TrainingCost = {}
  for (const [name, ids] of [
    ['training/macs', own],
    ['training/teacher-macs', teachers],
  ] as const) {
    const known = ids.flatMap((id) => macsOf(id) ?? [])
    if (known.length === ids.length && (ids === own || ids.length > 0)) cost[name] = known.reduce((sum, macs) => sum + macs, 0)
  }
  return cost
}

/** The stages reachable through inputs of these roles. */
function trainings(stages: ReadonlyMap<string, Stage>, end: string, through: (role: string) => boolean): readonly string[] {
  const reached = new Set([end])
  // Iteration includes items added to the set meanwhile.
  for (const id of reached)
    for (const [role, { stage }] of Object.entries<StageRef>(stages.get(id)!.inputs)) if (through(role)) reached.add(stage)
  return [...reached].filter((id) => isTraining(stages.get(id)!))
}
