/** Random streams named by purpose, so that draws for one purpose never shift those for another. */
import { philox, type Words } from './philox.ts'

/**
 * `init`: first weights, by parameter. `order`: order of the training examples, by epoch. `step`: dropout and noise, by step.
 * `prune`: random masks, by parameter. `shuffle`: masks moved within their layer, by parameter. `members`: which two of an ensemble, by step.
 * `data`: examples that are computed, by example. `split`: which examples are for what, by class.
 * `augment`: changes to an image, by example and epoch. `regrow`: where weights grow, by parameter and step. `criterion`: what a
 * criterion of the user's draws, by kernel and step. `bank`: first embeddings that are remembered, by side.
 */
const purposes = {
  init: 1,
  order: 2,
  step: 3,
  prune: 4,
  shuffle: 5,
  members: 6,
  data: 7,
  split: 8,
  augment: 9,
  regrow: 10,
  criterion: 11,
  bank: 12,
} as const
export type Purpose = keyof typeof purposes

const range = 2 ** 32

/** A sequence of draws from (seed, purpose, index), or with a second index. Seeds and indices are whole numbers below 2³². */
export class Stream {
  readonly #key: readonly [number, number]
  readonly #index: number
  readonly #second: number
  #words: Words = [0, 0, 0, 0]
  #drawn = 0

  constructor(seed: number, purpose: Purpose, index: number, second = 0) {
    this.#key = [seed, purposes[purpose]]
    this.#index = index
    this.#second = second
  }

  /** A whole number from 0 below 2³². */
  word(): number {
    const at = this.#drawn % 4
    if (at === 0) this.#words = philox(this.#key, [this.#drawn / 4, 0, this.#index, this.#second])
    this.#drawn++
    return this.#words[at]!
  }

  /** A uniform whole number from 0 below `n` (draws from the incomplete end of the range are rejected). */
  below(n: number): number {
    const even = range - (range % n)
    for (;;) {
      const word = this.word()
      if (word < even) return word % n
    }
  }

  /** In (0, 1), 2³² different values. */
  uniform(): number {
    return (this.word() + 0.5) / range
  }

  /** Two independent standard normal numbers (Box and Muller, 1958). */
  normals(): readonly [number, number] {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    return [radius * Math.cos(angle), radius * Math.sin(angle)]
  }
}

/** The order in which an epoch (from 0) visits `n` examples. */
export const permutation = (seed: number, epoch: number, n: number): Int32Array => shuffled(new Stream(seed, 'order', epoch), n)

/** A permutation of 0 … n − 1 (Fisher-Yates). */
export function shuffled(stream: Stream, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = stream.below(i + 1)
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  return order
}

/** The seed of a step's random numbers (dropout, noise) for the engine: a signed 32-bit number. */
export function stepSeed(seed: number, step: number): number {
  return new Stream(seed, 'step', step).word() | 0
}

/** Two different numbers from 0 below `members`, for a step. */
export function memberPair(seed: number, step: number, members: number): readonly [number, number] {
  const stream = new Stream(seed, 'members', step)
  const first = stream.below(members)
  const other = stream.below(members - 1)
  return [first, other < first ? other : other + 1]
}
