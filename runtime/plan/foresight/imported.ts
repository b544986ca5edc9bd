/** Checks of networks imported from files, whose layers the language does not know. */
import { type Graph, isTraining, type Stage } from '../../../dsl/graph/stage.ts'
import type { PruneOptions } from '../../../dsl/graph/stage-options.ts'
import criteria from '../../../dsl/parts/criteria.ts'
import type { CriterionRecord } from '../../../dsl/parts/pruner.ts'
import { type ImportedNetwork, importedIn } from '../../../stdlib/models/networks/imported.ts'
import { dataOf } from '../../kinds/kinds.ts'
import { type DataFactsByKey, factsOf } from '../plan.ts'
import { planProblems } from '../problems.ts'

/** @throws PlanProblem for data of another shape than the network's input, and for methods that need layers the network lacks */
export function foreseeImported({ stages }: Graph, data: DataFactsByKey): void {
  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  for (const stage of stages) {
    const network = networkOf(stage, byId)
    if (network === undefined) continue
    const [facts, spec] = [factsOf(stage, data), dataOf(stage)]
    if (facts !== undefined && spec !== undefined && facts.input.join() !== network.input.join())
      throw planProblems.otherImages(stage, network.input, { name: spec.name, input: facts.input })
    const dilated = isTraining(stage) ? network.layers.find(({ options }) => isDilated(options.dilationRate)) : undefined
    if (dilated !== undefined) throw planProblems.dilated(stage, dilated.name)
    const asks = asksForNorm(stage)
    if (asks !== undefined && !network.layers.some(({ kind }) => kind === 'BatchNormalization')) throw planProblems.withoutNorm(stage, asks)
  }
}

/** The imported network that the stage starts from; undefined for other networks. */
function networkOf(stage: Stage, byId: ReadonlyMap<string, Stage>): ImportedNetwork | undefined {
  for (let at: Stage | undefined = stage; at !== undefined; ) {
    if (at.kind === 'init') return importedIn(at.options.model)
    const before: string | undefined = 'model' in at.inputs ? at.inputs.model?.stage : undefined
    at = before === undefined ? undefined : byId.get(before)
  }
  return undefined
}

/** tfjs has no gradient for the kernel of a dilated convolution. */
const isDilated = (rate: unknown): boolean => Array.isArray(rate) && rate.some((each) => Number(each) > 1)

function asksForNorm(stage: Stage): string | undefined {
  if (stage.kind === 'recalibrate') return 'recalibrate()'
  const pruning: PruneOptions | undefined =
    stage.kind === 'prune' ? stage.options : isTraining(stage) ? stage.options.pruning?.options : undefined
  if (pruning === undefined) return undefined
  const { batchNorm }: CriterionRecord = criteria[pruning.criterion.kind]
  return batchNorm === true ? `${pruning.criterion.kind}()` : undefined
}
