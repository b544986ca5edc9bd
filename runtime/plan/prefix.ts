/**
 * Trainings with a common prefix. If nothing in a training depends on where it ends, the first 30 epochs of `train(40)` equal `train(30)`,
 * and it can continue from there. Decided from options alone.
 */

import type { Json } from '../../dsl/check/canonical.ts'
import { canonical } from '../../dsl/check/canonical.ts'
import { withoutNames } from '../../dsl/check/function-reference.ts'
import { type Graph, isTraining, type Stage, type StageRef, type Training } from '../../dsl/graph/stage.ts'
import type { TrainOptions } from '../../dsl/graph/stage-options.ts'
import { boundToEnd } from '../../stdlib/optim/schedule.ts'
import { taggedHash } from '../format/hash.ts'

/** Why a training's steps depend on its end, in words; undefined if they do not. */
export function boundToItsEnd({ optimizer, pruning, select }: TrainOptions): string | undefined {
  if (select !== undefined) return 'its result is the best of all its epochs'
  if (pruning !== undefined) return 'its sparsity rises over the whole training'
  return boundToEnd(optimizer.lr)
}

/** 64 hex digits, equal for trainings that differ only in length; undefined if the stage cannot share a prefix. */
export function prefixOf(stage: Stage, manifest: Json): string | undefined {
  if (!isTraining(stage) || boundToItsEnd(stage.options) !== undefined) return undefined
  const { options, ...rest } = manifest as { readonly options: { readonly [option: string]: Json } } // made by `manifestOf`
  const { epochs: _, ...others } = options
  return taggedHash('espalier/training-prefix/1', { ...rest, options: others })
}

/** For each training, the longest shorter one in the graph that it can continue, by id. */
export function shorterTrainings(graph: Graph): ReadonlyMap<string, Stage> {
  const alike = new Map<string, Training[]>()
  for (const stage of graph.stages) {
    if (!isTraining(stage) || boundToItsEnd(stage.options) !== undefined) continue
    const { epochs: _, ...others } = stage.options
    const inputs = Object.entries<StageRef>(stage.inputs).map(([role, ref]) => [role, { ...ref }])
    const family = canonical([stage.kind, withoutNames({ ...others } as Json), inputs])
    alike.set(family, [...(alike.get(family) ?? []), stage])
  }
  const shorter = new Map<string, Stage>()
  for (const family of alike.values()) {
    const byLength = family.toSorted((a, b) => a.options.epochs - b.options.epochs)
    byLength.slice(1).forEach((stage, i) => {
      shorter.set(stage.id, byLength[i]!)
    })
  }
  return shorter
}
