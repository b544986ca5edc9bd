/** Why one stage is a hit or runs: its key beside the nearest earlier one of the same place, and what else makes it run. */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Graph, Stage } from '../../dsl/graph/stage.ts'
import type { Store } from '../store/store.ts'
import { type Difference, nearestIn } from './explain.ts'
import { keyOf } from './manifest.ts'
import type { Plan, PlannedStage } from './plan.ts'
import { SimilarResults } from './similar-results.ts'

export interface Why {
  readonly stage: PlannedStage
  /**
   * The earlier result of this place that is nearest; of a hit, the nearest other one. Where this place has none, that of another `place`
   * from the same inputs. Undefined when there is none.
   */
  readonly compared:
    | {
        readonly key: string
        /** Unix milliseconds. */
        readonly finished: number | undefined
        readonly place?: string
      }
    | undefined
  /** From the earlier one to now. Inputs that are still to come are not compared. */
  readonly differences: readonly Difference[]
  /** The stages before it that will run on account of their own. */
  readonly after: readonly PlannedStage[]
}

/** `stage` is one of the plan's. */
export async function whyOf(graph: Graph, { stages }: Plan, store: Store, stage: PlannedStage): Promise<Why> {
  const pending = Object.entries((stage.manifest as { readonly inputs: { readonly [role: string]: Json } }).inputs)
    .filter(([, digest]) => digest === null)
    .map(([role]) => role)
  const [earlier = []] = await store.results.earlierManifests([stage.path])
  const others = earlier.filter((manifest) => keyOf(manifest) !== stage.key)
  const comparable = new Map(others.map((manifest) => [withoutInputs(manifest, pending), manifest]))
  const [nearest] = await nearestIn(store, [{ earlier: [...comparable.keys()], now: stage.manifest }])
  const original = nearest === undefined ? undefined : comparable.get(nearest.manifest)
  const like =
    others.length > 0 || stage.key === null || stage.status === 'hit'
      ? undefined
      : await new SimilarResults(store, new Set()).nearest(stage.manifest)
  if (like !== undefined) {
    const { key, path, differences } = like
    return { stage, compared: { ...(await resultWith(store, key)), place: path }, differences, after: [] }
  }
  return {
    stage,
    compared: original === undefined ? undefined : await resultWith(store, keyOf(original)),
    differences: nearest?.differences ?? [],
    after: rootsOf(graph, stages, stage),
  }
}

async function resultWith(store: Store, key: string): Promise<NonNullable<Why['compared']>> {
  return { key, finished: (await store.results.get(key))?.finished }
}

function withoutInputs(manifest: Json, roles: readonly string[]): Json {
  if (roles.length === 0) return manifest
  const { inputs, ...rest } = manifest as { readonly inputs: { readonly [role: string]: Json } } // as `manifestOf` made it
  return {
    ...rest,
    inputs: Object.fromEntries(Object.entries(inputs).map(([role, digest]) => [role, roles.includes(role) ? null : digest])),
  }
}

/** What a stage that waits is waiting for in the end. */
function rootsOf(graph: Graph, planned: readonly PlannedStage[], { id }: PlannedStage): PlannedStage[] {
  const stages = new Map(graph.stages.map((stage) => [stage.id, stage]))
  const plans = new Map(planned.map((stage) => [stage.id, stage]))
  const seen = new Set<string>()
  const roots: PlannedStage[] = []
  // Not by a function that calls itself: chains are thousands of stages long.
  const waiting: Stage[] = [stages.get(id)!]
  for (let stage = waiting.pop(); stage !== undefined; stage = waiting.pop())
    for (const { stage: before } of Object.values(stage.inputs)) {
      const plan = plans.get(before)
      if (seen.has(before) || plan === undefined || plan.status === 'hit') continue
      seen.add(before)
      if (plan.status === 'unknown') waiting.push(stages.get(before)!)
      else roots.push(plan)
    }
  return roots
}
