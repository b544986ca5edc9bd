/** Slimming ranks channels by batch norm's scales; unless training penalises them, the ranking is meaningless. */
import { type Graph, isTraining, type Stage } from '../../../dsl/graph/stage.ts'
import { planProblems } from '../problems.ts'
import type { Foreseen } from './foreseen.ts'

export function foreseeSlimming({ stages }: Graph): readonly Foreseen[] {
  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  const penalised = (stage: Stage | undefined): boolean => {
    if (stage === undefined) return false
    if (isTraining(stage) && (stage.options.gammaL1 ?? 0) > 0) return true
    return 'model' in stage.inputs && stage.inputs.model !== undefined && penalised(byId.get(stage.inputs.model.stage))
  }
  return stages.flatMap((stage) =>
    stage.kind === 'prune' && stage.options.criterion.kind === 'slimming' && !penalised(stage)
      ? { stage, problem: planProblems.slimmingWithoutPenalty(stage) }
      : [],
  )
}
