/** Pruning during training: the sparsity at each step, and the resulting masks. */

import type { GradualPruning, PruneOptions } from '../../dsl/graph/stage-options.ts'
import type { SparsitySpec as SparsitySchedule } from '../../dsl/parts/sparsity.ts'
import type { Masks } from '../network.ts'
import { entryOf, type Registry } from '../registry.ts'
import type { ChooseMasks, PrunableNetwork } from './criterion.ts'

/** The remaining fraction of the ramp, from the remaining fraction of the time. */
const ramps: Registry<(time: number) => number> = {
  cubic: (time) => time ** 3,
  linear: (time) => time,
  constant: () => 0,
} satisfies { readonly [K in SparsitySchedule['kind']]: (time: number) => number }

/**
 * The sparsity at a point of the training (0 at its start, 1 at its end) on the way to `target`.
 * Cubic: s + (s₀ − s)(1 − x)³ between `begin` and `end` (Zhu & Gupta, 2017, equation 1).
 */
export function sparsityAt({ kind, from, begin, end }: SparsitySchedule, target: number, at: number): number {
  const remaining = entryOf('sparsity schedule', ramps, kind)
  if (at < begin) return from
  if (at >= end) return target
  return target + (from - target) * remaining(1 - (at - begin) / (end - begin))
}

/** The masks at a point of the training. Removed weights may return unless they are frozen. */
export function gradualMasks(pruning: GradualPruning, choose: ChooseMasks, network: PrunableNetwork, at: number): Masks {
  const { options, schedule, mode } = pruning
  const { sparsity } = options
  const now: PruneOptions['sparsity'] =
    typeof sparsity === 'number'
      ? sparsityAt(schedule, sparsity, at)
      : Object.fromEntries(Object.entries(sparsity).map(([layer, target]) => [layer, sparsityAt(schedule, target, at)]))
  // With frozen masks only the remaining weights are ranked; otherwise all weights, including the stored values of removed ones.
  const masks: Masks = mode === 'freeze' || mode === 'regrow' ? network.masks : new Map()
  return choose(network, { ...options, sparsity: now, of: 'all' }, masks)
}

/** The steps of a training, counted over the horizon: from `from` to `steps`. */
export interface Span {
  readonly from: number
  readonly steps: number
}

/** The pruning options, with the period in steps. */
export type InSteps = GradualPruning & { readonly every: number }

export function inSteps(pruning: GradualPruning, stepsPerEpoch: number): InSteps {
  const { every } = pruning
  return { ...pruning, every: typeof every === 'number' ? every : every.epochs * stepsPerEpoch }
}

/** Whether the masks change before the step `at` of the horizon. */
export function changesAt(pruning: InSteps, { from, steps }: Span, at: number): boolean {
  const last = frozenFrom(pruning, { from, steps })
  return at === last || (at < last && (at - from) % pruning.every === 0)
}

/** Whether the step `at`, before which masks change, is used for the gradient that selects the weights to grow. */
export function spendsStep({ regrow }: InSteps, { steps }: Span, at: number): boolean {
  return regrow?.grow === 'gradient' && at / steps < regrow.end
}

/** How many of the steps before `at` were not optimizer steps. */
export function spentBefore(pruning: InSteps, span: Span, at: number): number {
  if (pruning.regrow?.grow !== 'gradient') return 0
  const until = Math.min(at, Math.ceil(pruning.regrow.end * span.steps))
  return Math.max(0, Math.ceil((until - span.from) / pruning.every))
}

/** Whether the masks of the last change are the final ones. Soft masks are not applied between changes, so theirs are not. */
export function reached(pruning: InSteps, { from, steps }: Span): boolean {
  const { options, schedule, mode, every } = pruning
  const targets = typeof options.sparsity === 'number' ? [options.sparsity] : Object.values(options.sparsity)
  const frozen = frozenFrom(pruning, { from, steps })
  const last = frozen < steps ? frozen : from + Math.floor((steps - 1 - from) / every) * every
  return mode !== 'soft' && targets.every((target) => sparsityAt(schedule, target, last / steps) === target)
}

/** The last step at which masks may change: the end of the ramp with `refresh: 'ramp'`, otherwise Infinity. */
function frozenFrom({ refresh, schedule }: GradualPruning, { from, steps }: Span): number {
  return refresh === 'ramp' ? Math.max(from, Math.ceil(schedule.end * steps)) : Number.POSITIVE_INFINITY
}
