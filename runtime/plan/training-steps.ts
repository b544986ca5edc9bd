/** Optimizer steps of a graph with and without sharing between its arms. */
import type { Graph, Stage, StageRef } from '../../dsl/graph/stage.ts'
import { stepsOf } from './lookup.ts'
import { type DataFactsByKey, factsOf } from './plan.ts'
import { shorterTrainings } from './prefix.ts'

export interface TrainingSteps {
  /** Every stage once, and a longer training from the end of the shorter one. */
  readonly shared: number
  /** The sum over the arms, each with all its dependencies. */
  readonly separate: number
}

export function trainingSteps(graph: Graph, data: DataFactsByKey): TrainingSteps {
  const byId = new Map(graph.stages.map((stage) => [stage.id, stage]))
  const arms = graph.targets.flatMap((target) => target.arms)
  return {
    shared: cost(graph.stages, data),
    separate: arms.reduce((sum, { model, metrics }) => sum + cost(neededBy([model, metrics], byId), data), 0),
  }
}

function cost(stages: readonly Stage[], data: DataFactsByKey): number {
  const shorter = shorterTrainings({ stages, targets: [] })
  const steps = (stage: Stage) => stepsOf(stage, factsOf(stage, data))
  return stages.reduce((sum, stage) => {
    const first = shorter.get(stage.id)
    return sum + steps(stage) - (first === undefined ? 0 : steps(first))
  }, 0)
}

function neededBy(ids: readonly string[], byId: ReadonlyMap<string, Stage>): Stage[] {
  const needed = new Map<string, Stage>()
  const open = [...ids]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const stage = byId.get(id)
    if (stage === undefined || needed.has(id)) continue
    needed.set(id, stage)
    for (const ref of Object.values<StageRef>(stage.inputs)) open.push(ref.stage)
  }
  return [...needed.values()]
}
