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
  if (Object.values(stage.inputs).some(({ step }) => step !== undefined)) return 'Rewinding to a step'
  switch (stage.kind) {
    case 'custom':
      return 'A stage of your own'
    case 'export':
      return 'export()'
    case 'init':
      return stage.options.model.name === 'custom' ? 'A model of your own' : undefined
    case 'prune':
      return stage.options.criterion.kind === 'custom' ? 'A criterion of your own' : undefined
    case 'train':
    case 'distill': {
      const { ema, data, pruning } = stage.options
      if (ema !== undefined) return 'ema'
      if (data.name === 'custom') return 'Data of your own'
      if (stage.kind === 'distill' && stage.options.method.kind === 'custom') return 'A loss of your own'
      return pruning?.options.criterion.kind === 'custom' ? 'A criterion of your own' : undefined
    }
    case 'evaluate':
      if ('model2' in stage.inputs) return 'Measuring an ensemble'
      return stage.options.data.name === 'custom' ? 'Data of your own' : undefined
    default:
      return undefined
  }
}
