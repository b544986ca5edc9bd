/**
 * Selects the k smallest scores exactly in linear time by radix selection on a sortable integer form. Gradual pruning and feedback do this
 * every few steps, so the loops use 32-bit integers, which V8 keeps in registers.
 */
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import { kept } from '../masks.ts'

/** The scores of one parameter and its mask; weights with bit 0 are ignored. */
export interface Candidates {
  readonly scores: Float32Array
  readonly mask: Uint8Array
}

/** Scores as integers in the same order. */
interface Keyed {
  readonly keys: Int32Array
  readonly mask: Uint8Array
}

/** Clears `count` mask bits: those of the smallest scores, with ties to the first. −0 and 0 are equal. */
export function removeSmallest(candidates: readonly Candidates[], count: number): void {
  if (count <= 0) return
  const all = candidates.map(({ scores, mask }) => ({ keys: sortable(scores), mask }))
  const { threshold, below } = kthSmallest(all, count)
  let ties = count - below
  for (const one of all) ties = clear(one, threshold, ties)
}

/** @returns how many of the equal ones still have to be removed */
function clear({ keys, mask }: Keyed, threshold: number, ties: number): number {
  let left = ties
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    if (key < threshold) mask[i] = 0
    else if (key === threshold && left > 0 && mask[i] === 1) {
      mask[i] = 0
      left--
    }
  }
  return left
}

/** How many to remove: round(fraction · n), with n the remaining weights or all of them; for all, weights already removed count. */
export function toRemove(masks: readonly Uint8Array[], fraction: number, of: PruneOptions['of']): number {
  const all = masks.reduce((sum, { length }) => sum + length, 0)
  const left = masks.reduce((sum, mask) => sum + kept(mask), 0)
  return of === 'remaining' ? Math.round(fraction * left) : Math.max(0, Math.round(fraction * all) - (all - left))
}

/** Restores the best of the weights just removed until the minimum is reached. */
export function keepMinimum(scores: Float32Array, mask: Uint8Array, before: Uint8Array, minimum: number): void {
  let missing = minimum - kept(mask)
  const removed = [...mask.keys()].filter((c) => mask[c] === 0 && before[c] === 1).toSorted((a, b) => scores[b]! - scores[a]! || b - a)
  for (const channel of removed) {
    if (missing-- <= 0) return
    mask[channel] = 1
  }
}

/** The bits of positive floats are in order; for negative ones all bits except the sign are inverted. */
function sortable(scores: Float32Array): Int32Array {
  const words = new Int32Array(scores.buffer, scores.byteOffset, scores.length)
  const keys = new Int32Array(words.length)
  const minusZero = -(2 ** 31)
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    keys[i] = word >= 0 ? word : word === minusZero ? 0 : word ^ 0x7fffffff
  }
  return keys
}

/** Upper halves of keys lie between −half and half. */
const half = 2 ** 15

function kthSmallest(all: readonly Keyed[], k: number): { readonly threshold: number; readonly below: number } {
  const [uppers, lowers] = [new Int32Array(2 * half), new Int32Array(2 * half)]
  for (const one of all) countUpper(one, uppers)
  const upper = reaching(uppers, k)
  for (const one of all) countLower(one, upper.digit - half, lowers)
  const lower = reaching(lowers, k - upper.below)
  return { threshold: ((upper.digit - half) << 16) | lower.digit, below: upper.below + lower.below }
}

function countUpper({ keys, mask }: Keyed, counts: Int32Array): void {
  for (let i = 0; i < keys.length; i++) counts[(keys[i]! >> 16) + half]! += mask[i]!
}

function countLower({ keys, mask }: Keyed, upper: number, counts: Int32Array): void {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    if (key >> 16 === upper) counts[key & 0xffff]! += mask[i]!
  }
}

/** The digit of the k-th score, and how many have smaller digits. */
function reaching(counts: Int32Array, k: number): { readonly digit: number; readonly below: number } {
  let [digit, below] = [0, 0]
  while (below + counts[digit]! < k) below += counts[digit++]!
  return { digit, below }
}
