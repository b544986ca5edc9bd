/** `espalier plan`: what a run would do, and why. Nothing is run. */
import { resolve } from 'node:path'
import { parseTarget } from '../format/target-name.ts'
import { expectedSeconds, timeFor } from '../plan/estimate.ts'
import { makePlan } from '../plan/plan.ts'
import { trainingSteps } from '../plan/training-steps.ts'
import { foreseeNetworks } from '../project/foresee-networks.ts'
import { type PlanOptions, prepare } from '../project/prepare.ts'
import { rememberPlan } from '../store/remember-plan.ts'
import { planView } from '../views/plan.ts'
import { exitCodes } from './exit.ts'
import type { Asked } from './skin-flags.ts'
import { show } from './skins.ts'

export async function plan(options: PlanOptions & Asked): Promise<number> {
  const prepared = await prepare(options)
  const { file, target, graph, store, data, numerics, resources, warnings } = prepared
  const made = await makePlan(graph, store, data, numerics)
  await foreseeNetworks(prepared, made)
  await rememberPlan(store.journal, resolve(parseTarget(file).file), target, made.stages)
  const { stages } = made
  const seconds = timeFor(await expectedSeconds(graph, stages, store.results), stages, resources.slots)
  store.close()
  show(options, 'plan', planView(stages, { file, target, training: trainingSteps(graph, data), seconds, warnings }))
  return exitCodes.done
}
