/**
 * What a stage is, known before anything has run: its manifest with what its inputs are made from in the place of their contents. Equal
 * origins come to equal keys, and a change of options, functions or data changes the origin of all that depends on it.
 */
import type { Graph, StageRef } from '../../dsl/graph/stage.ts'
import { taggedHash } from '../format/hash.ts'
import { positionOf, snapshotName } from '../training/step.ts'
import { manifestOf } from './manifest.ts'
import { type DataFactsByKey, factsOf } from './plan.ts'

/** 64 hex digits, by the stages' ids. */
export function origins({ stages }: Pick<Graph, 'stages'>, data: DataFactsByKey): ReadonlyMap<string, string> {
  const known = new Map<string, string>()
  for (const stage of stages) {
    const inputs = Object.entries<StageRef>(stage.inputs).map(([role, ref]) => {
      const at = positionOf(ref)
      // Every input comes before its user.
      return [role, `${known.get(ref.stage)!}${at === undefined ? '' : `@${snapshotName(at)}`}`]
    })
    known.set(stage.id, taggedHash('espalier/origin/1', manifestOf(stage, Object.fromEntries(inputs), factsOf(stage, data)?.digest)))
  }
  return known
}
