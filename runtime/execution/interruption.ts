/** Stop requests to a run: the first asks for checkpoints at the next step, the second ends it at once. */
export class Interruption {
  #requests = 0
  readonly #listeners = new Set<(requests: number) => void>()

  get requested(): boolean {
    return this.#requests > 0
  }

  request(): void {
    this.#requests++
    for (const listener of this.#listeners) listener(this.#requests)
  }

  /** Calls `listener` with the number of requests so far, at each one. @returns a function that removes it */
  listen(listener: (requests: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
