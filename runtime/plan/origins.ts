/**
 * Identities of stages before anything has run: the manifest with the origins of the inputs in place of their contents. Equal
 * origins lead to equal keys; a change of options, functions or data changes the origins of all stages downstream.
 */
import type { Graph, StageRef } from '../../dsl/graph/stage.ts'
import { taggedHash } from '../format/hash.ts'
import { positionOf, snapshotName } from '../training/step.ts'
import { manifestOf } from './manifest.ts'
import { type DataFactsByKey, factsOf } from './plan.ts'

/** 64 hex digits, by stage id. */
export function origins({ stages }: Pick<Graph, 'stages'>, data: DataFactsByKey): ReadonlyMap<string, string> {
  const known = new Map<string, string>()
  for (const stage of stages) {
    const inputs = Object.entries<StageRef>(stage.inputs).map(([role, ref]) => {
      const at = positionOf(ref)
      // Stages are in topological order.
      return [role, `${known.get(ref.stage)!}${at === undefined ? '' : `@${snapshotName(at)}`}`]
    })
    known.set(stage.id, taggedHash('espalier/origin/1', manifestOf(stage, Object.fromEntries(inputs), factsOf(stage, data)?.digest)))
  }
  return known
}
