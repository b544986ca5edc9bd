/** Results in the store for the arms of a file, found by a plan; nothing is run. */
import { isTraining, type Stage, type StageRef } from '../../dsl/graph/stage.ts'
import { trainingCost } from '../../stdlib/metrics/training-cost.ts'
import { makePlan, type Plan } from '../plan/plan.ts'
import { directionsIn } from '../views/measure.ts'
import type { StudiedArm } from '../views/study.ts'
import type { Prepared } from './prepare.ts'

export interface StudyArm extends StudiedArm {
  readonly measured: boolean
}

type Planned = Pick<Prepared, 'graph' | 'store' | 'data' | 'numerics'>

/** In the order of the study. @param plan default: a new one */
export async function studyResults({ graph, store, data, numerics }: Planned, plan?: Plan): Promise<StudyArm[]> {
  const { stages, hits } = plan ?? (await makePlan(graph, store, data, numerics))
  const keys = new Map(stages.map(({ id, key }) => [id, key]))
  const byId = new Map(graph.stages.map((stage) => [stage.id, stage]))
  const macsOf = (id: string) => hits.get(id)?.result.metrics['training/macs']
  return graph.targets.flatMap(({ arms }) =>
    arms.map(({ path, labels, model, metrics }) => {
      const measured = hits.get(metrics)?.result
      return {
        path,
        labels,
        artifact: hits.get(model)?.result.artifact ?? null,
        measured: measured !== undefined,
        metrics: measured === undefined ? {} : { ...measured.metrics, ...trainingCost(byId, metrics, macsOf) },
        ...directionsIn(byId.get(metrics)),
        trainings: chain(byId, model)
          .filter(isTraining)
          .map((stage) => ({ path: stage.path, key: keys.get(stage.id) ?? null })),
      }
    }),
  )
}

/** The stages that produced the network, in order; without teachers. */
export function chain(stages: ReadonlyMap<string, Stage>, end: string): Stage[] {
  const found: Stage[] = []
  for (let stage = stages.get(end); stage !== undefined; ) {
    found.push(stage)
    const { model } = stage.inputs as { readonly [role: string]: StageRef } // by name, whatever the kind
    stage = model === undefined ? undefined : stages.get(model.stage)
  }
  return found.reverse()
}
