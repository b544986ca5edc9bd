/** What an edit does to a plan. Stages are told apart by what they compute, so that what was only moved or renamed is the same. */
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
  /** In the order of the new plan: new in it, and not in the store. */
  readonly begins: readonly PlannedStage[]
  /** New in it, and in the store. */
  readonly found: readonly PlannedStage[]
  /** How many were in the plan before and are not now. */
  readonly falls: number
  /** How many are in both. */
  readonly stays: number
  /** How many of these have no result yet. */
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

/** A key before its inputs are known, and what is asked of the machine: what is asked for, and of what. */
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
