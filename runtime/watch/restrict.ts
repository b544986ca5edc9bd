/** A part of a graph: some arms, with all that they need. */
import type { Graph, Stage } from '../../dsl/graph/stage.ts'

/** Arms whose path contains `text`; undefined when none does. */
export function restricted({ stages, targets }: Graph, text: string): Graph | undefined {
  const kept = targets.map((target) => ({ ...target, arms: target.arms.filter(({ path }) => path.includes(text)) }))
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
  // Measurements and exports in the middle of an arm lead to nothing else.
  for (const stage of stages) if (arms.some(({ path }) => isWithin(stage, path)) && inputsIn(stage, needed)) need(stage.id)
  return { stages: stages.filter(({ id }) => needed.has(id)), targets: kept }
}

const isWithin = ({ path }: Stage, arm: string): boolean => path.startsWith(`${arm}/`)

const inputsIn = ({ inputs }: Stage, needed: ReadonlySet<string>): boolean => Object.values(inputs).every(({ stage }) => needed.has(stage))
