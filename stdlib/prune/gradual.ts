/** Pruning in the course of a training: how much is gone when, and which masks follow. */
import type { GradualPruning, PruneOptions, SparsitySchedule } from '../../dsl/stage.ts'
import type { Masks, Network } from '../network.ts'
import { type Evidence, prunedMasks } from './criteria.ts'

/**
 * The sparsity at a point of the training (0 at its start, 1 at its end) on the way to `target`.
 * Cubic: s + (s₀ − s)(1 − x)³ between `begin` and `end` (Zhu & Gupta, 2017, equation 1).
 */
export function sparsityAt({ kind, from, begin, end }: SparsitySchedule, target: number, at: number): number {
  if (at < begin) return from
  if (at >= end || kind === 'constant') return target
  const left = 1 - (at - begin) / (end - begin)
  return target + (from - target) * (kind === 'cubic' ? left ** 3 : left)
}

/** The masks at a point of the training. What was removed may return, unless it is frozen. */
export function gradualMasks({ options, schedule, mode }: GradualPruning, network: Network, at: number, evidence?: Evidence): Masks {
  const { sparsity } = options
  const now: PruneOptions['sparsity'] =
    typeof sparsity === 'number'
      ? sparsityAt(schedule, sparsity, at)
      : Object.fromEntries(Object.entries(sparsity).map(([layer, target]) => [layer, sparsityAt(schedule, target, at)]))
  const masks: Masks = mode === 'freeze' ? network.masks : new Map()
  return prunedMasks({ ...network, masks }, { ...options, sparsity: now, of: 'all' }, evidence)
}

/** Whether masks last changed at this point are those of the end. Soft ones are let go of until then. */
export function reached({ options: { sparsity }, schedule, mode }: GradualPruning, at: number): boolean {
  const targets = typeof sparsity === 'number' ? [sparsity] : Object.values(sparsity)
  return mode !== 'soft' && targets.every((target) => sparsityAt(schedule, target, at) === target)
}
