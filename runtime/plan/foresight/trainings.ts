/** Checks of trainings that need the number of steps per epoch, which depends on the data. */

import { canonical } from '../../../dsl/check/canonical.ts'
import { type Graph, isTraining, type Stage, type StageRef, type Training } from '../../../dsl/graph/stage.ts'
import type { ScheduleSpec } from '../../../dsl/parts/schedule.ts'
import { Step, stepsPerEpochOf } from '../../training/step.ts'
import { type DataFactsByKey, factsOf } from '../plan.ts'
import { planProblems } from '../problems.ts'
import type { Foreseen } from './foreseen.ts'

/** @throws PlanProblem for a batch larger than the data, and for a step beyond the end of a training */
export function foreseeTrainings(graph: Graph, data: DataFactsByKey): readonly Foreseen[] {
  for (const stage of graph.stages) {
    const facts = factsOf(stage, data)
    if (facts !== undefined && isBatched(stage) && stage.options.batch > facts.trainExamples)
      throw planProblems.batchTooLarge(stage, stage.options.batch, facts.trainExamples)
  }
  refuseBeyondEnd(graph, data)
  const trainings = graph.stages.filter(isTraining)
  if (!trainings.some((stage) => neverComes(stage.options.optimizer.lr, stage))) return []
  // Trainings may share a schedule; it is checked against the longest of them.
  const bySchedule = Map.groupBy(trainings, ({ options }) => canonical({ ...options.optimizer.lr }))
  return [...bySchedule.values()].flatMap((alike) => {
    const longest = alike.reduce((a, b) => (b.options.epochs > a.options.epochs ? b : a))
    return neverComes(longest.options.optimizer.lr, longest) ?? []
  })
}

const isBatched = (stage: Stage): stage is Extract<Stage, { readonly options: { readonly batch: number } }> => 'batch' in stage.options

function refuseBeyondEnd(graph: Graph, data: DataFactsByKey): void {
  const stages = new Map(graph.stages.map((stage) => [stage.id, stage]))
  const endOf = (stage: Stage | undefined): number | undefined => {
    if (stage === undefined || !isTraining(stage)) return undefined
    const facts = factsOf(stage, data)
    return facts === undefined ? undefined : Step.endOf(stage.options, stepsPerEpochOf(stage.options, facts)).steps
  }
  for (const stage of graph.stages) {
    for (const { stage: id, step } of Object.values<StageRef>(stage.inputs)) {
      const end = step === undefined ? undefined : endOf(stages.get(id))
      if (end !== undefined && step! > end) throw planProblems.beyondEnd(stage, step!, stages.get(id)!.path, end)
    }
    const from = isTraining(stage) ? stage.options.fromStep : undefined
    const end = from === undefined ? undefined : endOf(stage)
    if (from !== undefined && end !== undefined && from >= end) throw planProblems.beyondEnd(stage, from, stage.path, end)
  }
}

/** A part of a learning-rate schedule that lies at or beyond the end of its training. */
function neverComes(schedule: ScheduleSpec, stage: Training): Foreseen | undefined {
  const { epochs } = stage.options
  if (schedule.kind === 'warmup') {
    if (schedule.epochs < epochs) return neverComes(schedule.schedule, stage)
    return { stage, problem: planProblems.neverWarm(stage, schedule.epochs, epochs) }
  }
  if (schedule.kind !== 'step' || !('epochs' in schedule.at)) return undefined
  const [first] = schedule.at.epochs
  return first === undefined || first < epochs ? undefined : { stage, problem: planProblems.neverDrops(stage, first, epochs) }
}
