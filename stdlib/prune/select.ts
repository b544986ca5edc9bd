/**
 * The k smallest of many scores, exactly, in time linear in their number: digits of a sortable form are counted, not sorted (radix
 * selection). Gradual pruning and feedback do this every few steps.
 */
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import { kept } from '../masks.ts'

/** Scores of one parameter and its mask: bits that are 0 do not take part. */
export interface Candidates {
  readonly scores: Float32Array
  readonly mask: Uint8Array
}

const digits = [21, 10, 0] as const
const digitBits = [11, 11, 10] as const

/** Clears `count` mask bits: those of the smallest scores, and of equal ones the first. −0 and 0 are equal. */
export function removeSmallest(candidates: readonly Candidates[], count: number): void {
  if (count <= 0) return
  const keys = candidates.map(({ scores }) => sortable(scores))
  const { threshold, below } = kthSmallest(candidates, keys, count)
  let ties = count - below
  candidates.forEach(({ mask }, c) => {
    const key = keys[c]!
    for (let i = 0; i < key.length; i++) {
      if (mask[i] === 0) continue
      if (key[i]! < threshold || (key[i] === threshold && ties-- > 0)) mask[i] = 0
    }
  })
}

/** How many go: round(fraction · n), n counting those left or all; of all, those that are gone already count. */
export function toRemove(masks: readonly Uint8Array[], fraction: number, of: PruneOptions['of']): number {
  const all = masks.reduce((sum, { length }) => sum + length, 0)
  const left = masks.reduce((sum, mask) => sum + kept(mask), 0)
  return of === 'remaining' ? Math.round(fraction * left) : Math.max(0, Math.round(fraction * all) - (all - left))
}

/** Puts back the best of what was removed just now, until as many are left as must be. */
export function keepMinimum(scores: Float32Array, mask: Uint8Array, before: Uint8Array, minimum: number): void {
  let missing = minimum - kept(mask)
  const removed = [...mask.keys()].filter((c) => mask[c] === 0 && before[c] === 1).toSorted((a, b) => scores[b]! - scores[a]! || b - a)
  for (const channel of removed) {
    if (missing-- <= 0) return
    mask[channel] = 1
  }
}

/** Unsigned numbers in the order of the floats: negative ones with all bits turned, the others with the sign bit set. */
function sortable(scores: Float32Array): Uint32Array {
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length)
  const keys = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!
    keys[i] = word === 0x80000000 ? word : word >>> 31 === 1 ? ~word : word | 0x80000000
  }
  return keys
}

function kthSmallest(
  candidates: readonly Candidates[],
  keys: readonly Uint32Array[],
  k: number,
): { readonly threshold: number; readonly below: number } {
  let prefix = 0
  let below = 0
  digits.forEach((shift, pass) => {
    const bins = 2 ** digitBits[pass]!
    const counts = new Uint32Array(bins)
    const upper = shift + digitBits[pass]!
    candidates.forEach(({ mask }, c) => {
      const key = keys[c]!
      const all = upper === 32
      for (let i = 0; i < key.length; i++) {
        const word = key[i]!
        if (mask[i] === 1 && (all || word >>> upper === prefix)) counts[(word >>> shift) & (bins - 1)]!++
      }
    })
    let digit = 0
    while (below + counts[digit]! < k) below += counts[digit++]!
    prefix = prefix * bins + digit
  })
  return { threshold: prefix >>> 0, below }
}
