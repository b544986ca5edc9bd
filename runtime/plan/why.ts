/** Why a stage is a hit or runs: a comparison with the most similar earlier result of the same place, and the upstream stages that run. */
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
   * The most similar earlier result of this place; for a hit, the most similar other one. If this place has none: one of another `place`
   * with the same inputs. Undefined if there is none.
   */
  readonly compared:
    | {
        readonly key: string
        /** Unix milliseconds. */
        readonly finished: number | undefined
        readonly place?: string
      }
    | undefined
  /** From the earlier result to now. Inputs not yet computed are not compared. */
  readonly differences: readonly Difference[]
  /** Upstream stages that run for reasons of their own. */
  readonly after: readonly PlannedStage[]
}

/** @param stage one of the plan's */
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
  const { inputs, ...rest } = manifest as { readonly inputs: { readonly [role: string]: Json } } // made by `manifestOf`
  return {
    ...rest,
    inputs: Object.fromEntries(Object.entries(inputs).map(([role, digest]) => [role, roles.includes(role) ? null : digest])),
  }
}

/** The upstream stages, direct or indirect, that will run and whose keys are known. */
function rootsOf(graph: Graph, planned: readonly PlannedStage[], { id }: PlannedStage): PlannedStage[] {
  const stages = new Map(graph.stages.map((stage) => [stage.id, stage]))
  const plans = new Map(planned.map((stage) => [stage.id, stage]))
  const seen = new Set<string>()
  const roots: PlannedStage[] = []
  // Iterative: chains can be thousands of stages long.
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
