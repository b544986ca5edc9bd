/** Points that no training reaches. */
import type { Graph, StageRef } from '../../dsl/graph/stage.ts'
import { stepsPerEpochOf } from '../training/positions.ts'
import { type DataFactsByKey, factsOf } from './plan.ts'
import { planProblems } from './problems.ts'

/** Only with the data at hand is it known how many steps a training has. @throws PlanProblem for a point that lies beyond its end */
export function refuseBeyondEnd(graph: Graph, data: DataFactsByKey): void {
  const stages = new Map(graph.stages.map((stage) => [stage.id, stage]))
  const ends = (id: string): number | undefined => {
    const stage = stages.get(id)
    if (stage?.kind !== 'train' && stage?.kind !== 'distill') return undefined
    const facts = factsOf(stage, data)
    return facts === undefined ? undefined : stage.options.epochs * stepsPerEpochOf(stage.options, facts)
  }
  for (const stage of graph.stages) {
    for (const { stage: id, step } of Object.values<StageRef>(stage.inputs)) {
      const end = step === undefined ? undefined : ends(id)
      if (end !== undefined && step! > end) throw planProblems.beyondEnd(stage, step!, stages.get(id)!.path, end)
    }
    if (stage.kind !== 'train' && stage.kind !== 'distill') continue
    const [from, end] = [stage.options.fromStep, ends(stage.id)]
    if (from !== undefined && end !== undefined && from >= end) throw planProblems.beyondEnd(stage, from, stage.path, end)
  }
}
