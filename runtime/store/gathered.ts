/** Batches items that arrive one by one: items that arrive while a batch is processed form the next batch, in order of arrival. */
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

  /** @param work returns one answer per item, in order; a failure rejects all of them @param most maximum batch size */
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

  /** Resolves when nothing is queued. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working
  }

  async #go(): Promise<void> {
    // Items queued in the same tick form one batch.
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
