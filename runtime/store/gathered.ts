/** Work that comes one by one and is cheaper for many at once: what comes while some is being done is done together next, in the order in which it came. */
interface Waiting<A, B> {
  readonly item: A
  readonly resolve: (answer: B) => void
  readonly reject: (cause: unknown) => void
}

export class Gathered<A, B> {
  readonly #work: (items: readonly A[]) => Promise<readonly B[]>
  readonly #most: number
  #waiting: Waiting<A, B>[] = []
  #working: Promise<void> | undefined

  /** @param work gives an answer for each item, in their order; when it fails, it fails for all of them @param most items at once */
  constructor(work: (items: readonly A[]) => Promise<readonly B[]>, most = 500) {
    this.#work = work
    this.#most = most
  }

  do(item: A): Promise<B> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#working ??= this.#go()
    })
  }

  /** Until nothing waits. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working
  }

  async #go(): Promise<void> {
    // What is asked for in the same moment goes together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, this.#most)
      try {
        const answers = await this.#work(some.map(({ item }) => item))
        for (const [i, { resolve }] of some.entries()) resolve(answers[i]!)
      } catch (cause) {
        for (const { reject } of some) reject(cause)
      }
    }
    this.#working = undefined
  }
}
