/** A binary min-heap: `add` and `take` are O(log n). */
export class Heap<T> {
  readonly #all: T[] = []
  readonly #compare: (a: T, b: T) => number

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  get first(): T | undefined {
    return this.#all[0]
  }

  add(one: T): void {
    const all = this.#all
    let at = all.push(one) - 1
    for (let above = (at - 1) >> 1; at > 0 && this.#compare(one, all[above]!) < 0; above = (at - 1) >> 1) {
      all[at] = all[above]!
      at = above
    }
    all[at] = one
  }

  take(): T | undefined {
    const all = this.#all
    const [first, last] = [all[0], all.pop()]
    if (last === undefined || all.length === 0) return first
    let at = 0
    for (let below = 1; below < all.length; below = 2 * at + 1) {
      if (below + 1 < all.length && this.#compare(all[below + 1]!, all[below]!) < 0) below++
      if (this.#compare(last, all[below]!) <= 0) break
      all[at] = all[below]!
      at = below
    }
    all[at] = last
    return first
  }
}
