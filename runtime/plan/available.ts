/** What the language can say and no worker can do yet is refused before anything runs. */
import type { Graph, Stage } from '../../dsl/stage.ts'
import { planProblems } from './problems.ts'

/** @throws PlanProblem for the first stage that this version cannot run */
export function refuseUnavailable(graph: Graph): void {
  for (const stage of graph.stages) {
    const what = unavailable(stage)
    if (what !== undefined) throw planProblems.unavailable(what, stage)
  }
}

function unavailable(stage: Stage): string | undefined {
  switch (stage.kind) {
    case 'train':
    case 'distill':
      return stage.options.ema === undefined ? undefined : 'ema'
    default:
      return undefined
  }
}
