/** What only the networks tell, before any of them is trained: layers are built for their shapes, never run. */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import { isTraining, type Stage } from '../../dsl/graph/stage.ts'
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import type { Plan } from '../plan/plan.ts'
import { planProblems } from '../plan/problems.ts'
import type { Prepared } from './prepare.ts'

/** Building networks takes longer than planning, so a fraction is looked at only where it may leave a layer empty, and every budget. */
const nearlyAll = 0.99

/** @throws PlanProblem for the first stage to be computed whose networks cannot do what it asks of them */
export async function foreseeNetworks(
  { graph: { stages }, source, store }: Pick<Prepared, 'graph' | 'source' | 'store'>,
  plan: Pick<Plan, 'stages'>,
): Promise<void> {
  const open = new Set(plan.stages.filter(({ status }) => status !== 'hit').map(({ id }) => id))
  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  const ofInput = (stage: Stage, role: string): Stage | undefined => {
    const input = (stage.inputs as { readonly [role: string]: { readonly stage: string } | undefined })[role]
    return input === undefined ? undefined : byId.get(input.stage)
  }
  const prunesImported = (stage: Stage): boolean => {
    const own = pruningOf(stage) === undefined ? undefined : modelOf(ofInput(stage, 'model'), ofInput, (model) => model)
    return own?.name === 'imported'
  }
  const mayBeImpossible = (stage: Stage): boolean => asksForMuch(stage) || prunesImported(stage)
  const asked = stages.filter((stage) => open.has(stage.id) && (stage.kind === 'distill' || mayBeImpossible(stage)))
  if (asked.length === 0) return
  // What builds networks is loaded when there is something to look at.
  const { looksIntoNetworks, refuseUnlike } = await import('../../stdlib/distill/registry.ts')
  if (!asked.some((stage) => mayBeImpossible(stage) || (stage.kind === 'distill' && looksIntoNetworks(stage.options.method)))) return
  const { batchEnsembleOf } = await import('../../stdlib/models/networks/batch-ensemble.ts')
  const { topologyOf } = await import('../../stdlib/models/structure/topology.ts')
  const { buildModel } = await import('../../stdlib/network-registry.ts')
  const { refuseImpossible, refuseFixedChannels } = await import('../../stdlib/prune/registry.ts')
  const { openEngine } = await import('../engine/open.ts')
  const { CustomNetworks } = await import('./custom-networks.ts')
  const { tf } = await openEngine({ engine: 'portable', threads: 1 })
  const params = new Map(Object.entries(source.params))
  const custom = new CustomNetworks({ ...source, params, store: store.places.home })
  const built = async (model: Spec) => buildModel(tf, model, await custom.functionsOf(model))
  for (const stage of asked) {
    const [own, teacher] = [ofInput(stage, 'model'), ofInput(stage, 'teacher')].map((before) =>
      modelOf(before, ofInput, (model) => batchEnsembleOf(model)?.of ?? model),
    )
    if (own === undefined) continue
    const student = await built(own)
    try {
      const pruning = pruningOf(stage)
      if (pruning !== undefined && !isPruned(ofInput(stage, 'model'), ofInput)) refuseImpossible(topologyOf(own, student), student, pruning)
      if (pruning !== undefined && own.name === 'imported') refuseFixedChannels(student, pruning)
      if (stage.kind === 'distill' && teacher !== undefined) refuseUnlike(stage.options.method, tf, student, await built(teacher))
    } catch (cause) {
      throw cause instanceof PipelineProblem ? planProblems.wouldFail(stage, cause) : cause
    }
  }
}

type Before = (stage: Stage, role: string) => Stage | undefined

/** The network that a stage gives; undefined where only running it tells. @param merged what the members of a batch ensemble make */
function modelOf(stage: Stage | undefined, before: Before, merged: (model: Spec) => Spec): Spec | undefined {
  let merges = 0
  for (let at = stage; at !== undefined; at = before(at, 'model')) {
    if (at.kind === 'shrink' || (at.kind === 'distill' && at.options.method.kind === 'simkd')) return undefined
    if (at.kind === 'merge') merges++
    if (at.kind === 'init') return Array.from({ length: merges }).reduce<Spec>(merged, at.options.model)
  }
  return undefined
}

const pruningOf = (stage: Stage): PruneOptions | undefined =>
  stage.kind === 'prune' ? stage.options : isTraining(stage) ? stage.options.pruning?.options : undefined

function asksForMuch(stage: Stage): boolean {
  const { sparsity = 0, counts } = pruningOf(stage) ?? {}
  return counts !== undefined || Math.max(...(typeof sparsity === 'number' ? [sparsity] : Object.values(sparsity))) >= nearlyAll
}

/** Whether weights may be gone already. */
function isPruned(stage: Stage | undefined, before: Before): boolean {
  for (let at = stage; at !== undefined; at = before(at, 'model')) if (pruningOf(at) !== undefined) return true
  return false
}
