/** What an edit changes in a plan. Stages are matched by what they compute, so a stage that was moved or renamed is unchanged. */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Graph, Stage, StageRef } from '../../dsl/graph/stage.ts'
import { taggedHash } from '../format/hash.ts'
import { optionsOf } from './manifest.ts'
import { type DataFactsByKey, factsOf, type Plan, type PlannedStage } from './plan.ts'

export interface Planned {
  readonly graph: Graph
  readonly data: DataFactsByKey
  readonly plan: Plan
}

export interface Changes {
  /** New stages without a result in the store, in plan order. */
  readonly begins: readonly PlannedStage[]
  /** New stages with a result in the store. */
  readonly found: readonly PlannedStage[]
  /** Number of stages that are no longer in the plan. */
  readonly falls: number
  /** Number of stages in both plans. */
  readonly stays: number
  /** Number of these that have no result yet. */
  readonly open: number
}

export function changesOf(before: Planned | undefined, after: Planned): Changes {
  const earlier = new Set(before === undefined ? [] : identitiesOf(before).values())
  const identities = identitiesOf(after)
  const now = new Set(identities.values())
  const { stages } = after.plan
  const isFresh = ({ id }: PlannedStage) => !earlier.has(identities.get(id)!)
  const fresh = stages.filter(isFresh)
  const same = stages.filter((stage) => !isFresh(stage))
  return {
    begins: fresh.filter(({ status }) => status !== 'hit'),
    found: fresh.filter(({ status }) => status === 'hit'),
    falls: [...earlier].filter((identity) => !now.has(identity)).length,
    stays: same.length,
    open: same.filter(({ status }) => status !== 'hit').length,
  }
}

/** A hash of kind, options, resources and, recursively, inputs; unlike a key, it does not need the inputs' contents. */
function identitiesOf({ graph, data }: Planned): ReadonlyMap<string, string> {
  const identities = new Map<string, string>()
  const input = ({ stage, ...point }: StageRef): Json => [identities.get(stage)!, { ...point }]
  for (const stage of graph.stages) {
    const inputs = Object.entries<StageRef>(stage.inputs as Stage['inputs'] & { [role: string]: StageRef })
    const asks = { ...stage.resources }
    const meaning = [
      stage.kind,
      asks,
      optionsOf(stage, factsOf(stage, data)?.digest),
      Object.fromEntries(inputs.map(([role, ref]) => [role, input(ref)])),
    ]
    identities.set(stage.id, taggedHash('espalier/watch/1', meaning))
  }
  return identities
}
