/** Which of the stages that could run goes first: arms are finished rather than all begun, and within an arm the longest way down is gone first. */
import type { Graph, StageRef } from '../../dsl/graph/stage.ts'

export interface Rank {
  /** Place of the first arm that needs the stage, from 0. */
  readonly arm: number
  /** Stages on the longest way to it. */
  readonly depth: number
}

/** By stage id. Stages that no arm needs go with the arm of what they take in. */
export function ranksOf({ stages, targets }: Graph): ReadonlyMap<string, Rank> {
  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  const arms = new Map<string, number>()
  targets
    .flatMap((target) => target.arms)
    .forEach(({ metrics, model }, arm) => {
      const open = [metrics, model]
      for (let id = open.pop(); id !== undefined; id = open.pop()) {
        // What comes before a stage of an earlier arm is that arm's too.
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
