/** A binary heap: the least of many, in logarithmic time. Of equals the one that came first. */
export class Heap<T> {
  readonly #compare: (a: T, b: T) => number
  readonly #items: { readonly value: T; readonly order: number }[] = []
  #order = 0

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  push(value: T): void {
    const items = this.#items
    items.push({ value, order: this.#order++ })
    for (let i = items.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!this.#before(i, parent)) break
      this.#swap(i, parent)
      i = parent
    }
  }

  peek(): T | undefined {
    return this.#items[0]?.value
  }

  pop(): T | undefined {
    const items = this.#items
    const least = items[0]
    const last = items.pop()
    if (least === undefined || last === undefined || items.length === 0) return least?.value
    items[0] = last
    for (let i = 0; ; ) {
      let smallest = i
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < items.length && this.#before(child, smallest)) smallest = child
      if (smallest === i) return least.value
      this.#swap(i, smallest)
      i = smallest
    }
  }

  #before(i: number, j: number): boolean {
    const [a, b] = [this.#items[i]!, this.#items[j]!]
    return (this.#compare(a.value, b.value) || a.order - b.order) < 0
  }

  #swap(i: number, j: number): void {
    const items = this.#items
    ;[items[i], items[j]] = [items[j]!, items[i]!]
  }
}
