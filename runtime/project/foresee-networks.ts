/** Finds errors that only the networks show, before any of them is trained: layers are built for their shapes, never run. */

import { canonical } from '../../dsl/check/canonical.ts'
import { PipelineProblem } from '../../dsl/check/problem.ts'
import { isTraining, type Stage } from '../../dsl/graph/stage.ts'
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import type { LayersModel } from '../../stdlib/engine.ts'
import type { DataFacts } from '../data/facts.ts'
import { dataOf } from '../kinds/kinds.ts'
import { factsOf, type Plan } from '../plan/plan.ts'
import { planProblems } from '../plan/problems.ts'
import type { Prepared } from './prepare.ts'

/** Building networks takes longer than planning, so a fraction is checked only where it may empty a layer, budgets always. */
const nearlyAll = 0.99

/** @throws PlanProblem for the first stage to be computed whose networks cannot do what it requests */
export async function foreseeNetworks(
  { graph: { stages }, source, store, data }: Pick<Prepared, 'graph' | 'source' | 'store' | 'data'>,
  plan: Pick<Plan, 'stages'>,
): Promise<void> {
  const open = new Set(plan.stages.filter(({ status }) => status !== 'hit').map(({ id }) => id))
  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  const ofInput = (stage: Stage, role: string): Stage | undefined => {
    const input = (stage.inputs as { readonly [role: string]: { readonly stage: string } | undefined })[role]
    return input === undefined ? undefined : byId.get(input.stage)
  }
  const before = (stage: Stage, role: string, width: 'as it is' | 'any' = 'as it is') =>
    modelOf(ofInput(stage, role), ofInput, (model) => model, width)
  /** The network is known only from its layers: it comes from a file or is the user's. */
  const isUnseen = (stage: Stage): boolean => ['imported', 'custom'].includes(before(stage, 'model', 'any')?.name ?? '')
  const mayBeImpossible = (stage: Stage): boolean => asksForMuch(stage) || (pruningOf(stage) !== undefined && isUnseen(stage))
  /** A user's network may have any output, and few networks are made for texts. */
  const readsText = (stage: Stage): boolean => factsOf(stage, data)?.predicts === 'tokens'
  /** The shape of custom data is known by now; networks of the library are made for data whose shape is known before. */
  const readsCustom = (stage: Stage): boolean => isTraining(stage) && dataOf(stage)?.name === 'custom'
  const isAsked = (stage: Stage): boolean =>
    stage.kind === 'distill' ||
    readsText(stage) ||
    readsCustom(stage) ||
    mayBeImpossible(stage) ||
    (stage.kind === 'init' ? mayNotBeBuilt(stage.options.model) : isUnseen(stage) && (stage.kind === 'export' || isTraining(stage)))
  const asked = stages.filter((stage) => open.has(stage.id) && isAsked(stage))
  if (asked.length === 0) return
  // The modules that build networks are loaded only when there is something to check.
  const { looksIntoNetworks, refuseUnlike } = await import('../../stdlib/distill/registry.ts')
  const looksAtNothing = (stage: Stage): boolean =>
    stage.kind === 'distill' &&
    ![isUnseen, readsText, readsCustom].some((reason) => reason(stage)) &&
    !looksIntoNetworks(stage.options.method)
  if (asked.every(looksAtNothing)) return
  const { batchEnsembleOf } = await import('../../stdlib/models/networks/batch-ensemble.ts')
  const { topologyOf } = await import('../../stdlib/models/structure/topology.ts')
  const { buildModel } = await import('../../stdlib/network-registry.ts')
  const { refuseImpossible, refuseFixedChannels } = await import('../../stdlib/prune/registry.ts')
  const { exportFormats } = await import('../interop/registry.ts')
  const { openEngine } = await import('../engine/open.ts')
  const { CustomNetworks } = await import('./custom-networks.ts')
  const { tf } = await openEngine({ engine: 'portable', threads: 1 })
  const params = new Map(Object.entries(source.params))
  const custom = new CustomNetworks({ ...source, params, store: store.places.home })
  const models = new Map<string, LayersModel>()
  const built = async (model: Spec): Promise<LayersModel> => {
    const key = canonical({ ...model })
    const made = models.get(key) ?? buildModel(tf, model, await custom.functionsOf(model))
    models.set(key, made)
    return made
  }

  async function look(stage: Stage): Promise<void> {
    if (stage.kind === 'init') topologyOf(stage.options.model, await built(stage.options.model))
    if (stage.kind === 'export') {
      const spec = before(stage, 'model', 'any')
      if (spec !== undefined) exportFormats[stage.options.format].refuse?.(tf, await built(spec), { options: stage.options, spec })
      return
    }
    const [own, teacher] = [ofInput(stage, 'model'), ofInput(stage, 'teacher')].map((input) =>
      modelOf(input, ofInput, (model) => batchEnsembleOf(model)?.of ?? model),
    )
    if (own === undefined) return
    const student = await built(own)
    const [reads, facts, spec] = [student.inputs[0]!.shape.slice(1) as number[], factsOf(stage, data), dataOf(stage)]
    if (facts !== undefined && readsText(stage)) refuseOtherSequences(stage, student, facts)
    if (facts !== undefined && spec !== undefined && [own.name, spec.name].includes('custom') && facts.input.join() !== reads.join())
      throw planProblems.otherImages(stage, reads, { name: spec.name, input: facts.input })
    const pruning = pruningOf(stage)
    if (pruning !== undefined && !isPruned(ofInput(stage, 'model'), ofInput)) refuseImpossible(topologyOf(own, student), student, pruning)
    if (pruning !== undefined && isUnseen(stage)) refuseFixedChannels(student, pruning)
    if (stage.kind !== 'distill' || teacher === undefined) return
    const taught = await built(teacher)
    if (facts !== undefined && readsText(stage)) refuseOtherSequences(stage, taught, facts)
    refuseUnlike(stage.options.method, tf, student, taught)
  }

  for (const stage of asked) {
    try {
      await look(stage)
    } catch (cause) {
      throw cause instanceof PipelineProblem ? planProblems.wouldFail(stage, cause) : cause
    }
  }
}

/** @throws PlanProblem for a network that does not read a text's sequences, or does not predict at each of their positions */
function refuseOtherSequences(stage: Stage, { inputs, outputs }: LayersModel, { input, classes }: DataFacts): void {
  const [reads, gives] = [inputs[0]!, outputs[0]!].map(({ shape }) => shape.slice(1))
  if (String(reads) === String(input) && String(gives) === String([...input, classes])) return
  throw planProblems.otherSequences(stage, { reads: reads!, gives: gives! }, { length: input[0]!, vocabulary: classes })
}

type Before = (stage: Stage, role: string) => Stage | undefined

/**
 * The network that a stage produces; undefined if only running it shows that.
 * @param merged the network of a merged batch ensemble
 * @param width `'any'`: the network before channels were removed is enough
 */
function modelOf(
  stage: Stage | undefined,
  before: Before,
  merged: (model: Spec) => Spec,
  width: 'as it is' | 'any' = 'as it is',
): Spec | undefined {
  let merges = 0
  for (let at = stage; at !== undefined; at = before(at, 'model')) {
    if ((at.kind === 'shrink' && width === 'as it is') || (at.kind === 'distill' && at.options.method.kind === 'simkd')) return undefined
    if (at.kind === 'merge') merges++
    if (at.kind === 'init') return Array.from({ length: merges }).reduce<Spec>(merged, at.options.model)
  }
  return undefined
}

/** Whether building it may fail: a user's function builds it, or its examples have an unusual shape. */
const mayNotBeBuilt = ({ name, options }: Spec): boolean =>
  name === 'custom' || 'input' in options || ('of' in options && mayNotBeBuilt(options.of as unknown as Spec)) // a network inside it

const pruningOf = (stage: Stage): PruneOptions | undefined =>
  stage.kind === 'prune' ? stage.options : isTraining(stage) ? stage.options.pruning?.options : undefined

function asksForMuch(stage: Stage): boolean {
  const { sparsity = 0, counts } = pruningOf(stage) ?? {}
  return counts !== undefined || Math.max(...(typeof sparsity === 'number' ? [sparsity] : Object.values(sparsity))) >= nearlyAll
}

/** Whether weights may have been removed already. */
function isPruned(stage: Stage | undefined, before: Before): boolean {
  for (let at = stage; at !== undefined; at = before(at, 'model')) if (pruningOf(at) !== undefined) return true
  return false
}
