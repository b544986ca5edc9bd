/** How a network was made, for display: its stages with their options. */
import { canonical, type Json } from '../check/canonical.ts'
import type { Fields } from '../check/form.ts'
import type { Stage, StageRef } from '../graph/stage.ts'
import { kinds } from '../graph/stage-options.ts'

/**
 * In order, each as `VERB OPTIONS`, with the options as JSON. It omits the locations of files and the data sets, which the caller shows
 * once.
 */
export function recipeOf(stages: readonly Stage[], end: string): string[] {
  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  const lines: string[] = []
  for (let stage = byId.get(end); stage !== undefined; ) {
    const { fields }: { readonly fields: Fields } = kinds[stage.kind].options
    const told = Object.entries(stage.options as { readonly [name: string]: Json }).filter(([name]) => fields[name]?.inKey !== false)
    lines.push(`${stage.verb} ${canonical(withoutData(Object.fromEntries(told)))}`)
    const { model } = stage.inputs as { readonly [role: string]: StageRef } // by name, whatever the kind
    stage = model === undefined ? undefined : byId.get(model.stage)
  }
  return lines.reverse()
}

function withoutData(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutData)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => name !== 'data')
  return Object.fromEntries(kept.map(([name, each]) => [name, withoutData(each)]))
}
