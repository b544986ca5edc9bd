/** Order in which stages run: earlier arms first, so that arms finish one after the other; within an arm, the deepest stage first. */
import type { Graph, StageRef } from '../../dsl/graph/stage.ts'

export interface Rank {
  /** Index of the first arm that needs the stage, from 0. */
  readonly arm: number
  /** Number of stages on the longest path to it. */
  readonly depth: number
}

/** By stage id. A stage that no arm needs gets the last arm of its inputs. */
export function ranksOf({ stages, targets }: Graph): ReadonlyMap<string, Rank> {
  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  const arms = new Map<string, number>()
  targets
    .flatMap((target) => target.arms)
    .forEach(({ metrics, model }, arm) => {
      const open = [metrics, model]
      for (let id = open.pop(); id !== undefined; id = open.pop()) {
        // Ancestors of a stage of an earlier arm belong to that arm.
        if (arms.has(id)) continue
        arms.set(id, arm)
        for (const ref of Object.values<StageRef>(byId.get(id)?.inputs ?? {})) open.push(ref.stage)
      }
    })
  const ranks = new Map<string, Rank>()
  for (const { id, inputs } of stages) {
    const before = Object.values<StageRef>(inputs).flatMap((ref) => ranks.get(ref.stage) ?? [])
    const arm = arms.get(id) ?? Math.max(0, ...before.map((rank) => rank.arm))
    ranks.set(id, { arm, depth: 1 + Math.max(-1, ...before.map((rank) => rank.depth)) })
  }
  return ranks
}

/** Negative when `a` goes first. */
export function byRank(a: Rank, b: Rank): number {
  return a.arm - b.arm || b.depth - a.depth
}
