/** A subgraph: some arms with all their dependencies. */
import type { Graph, Stage } from '../../dsl/graph/stage.ts'
import { planProblems } from './problems.ts'

/** Arms whose path contains `text`, where `*` matches anything; undefined if there are none. */
export function restricted({ stages, targets }: Graph, text: string): Graph | undefined {
  const parts = text.split('*')
  const kept = targets.map((target) => ({ ...target, arms: target.arms.filter(({ path }) => hasInOrder(path, parts)) }))
  const arms = kept.flatMap((target) => target.arms)
  if (arms.length === 0) return undefined
  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  const needed = new Set<string>()
  const need = (id: string): void => {
    if (needed.has(id)) return
    needed.add(id)
    for (const { stage } of Object.values(byId.get(id)!.inputs)) need(stage)
  }
  for (const { model, metrics } of arms) for (const id of [model, metrics]) need(id)
  // Measurements and exports inside an arm, on which no other stage depends.
  for (const stage of stages) if (arms.some(({ path }) => isWithin(stage, path)) && inputsIn(stage, needed)) need(stage.id)
  return { stages: stages.filter(({ id }) => needed.has(id)), targets: kept }
}

/** @throws PlanProblem if no arm matches */
export function requireArms(graph: Graph, pattern: string): Graph {
  const part = restricted(graph, pattern)
  if (part !== undefined) return part
  const arms = graph.targets.flatMap((target) => target.arms.map(({ path }) => path))
  throw planProblems.noArm(pattern, arms)
}

function hasInOrder(path: string, parts: readonly string[]): boolean {
  let from = 0
  return parts.every((part) => {
    const at = path.indexOf(part, from)
    from = at + part.length
    return at >= 0
  })
}

const isWithin = ({ path }: Stage, arm: string): boolean => path.startsWith(`${arm}/`)

const inputsIn = ({ inputs }: Stage, needed: ReadonlySet<string>): boolean => Object.values(inputs).every(({ stage }) => needed.has(stage))
