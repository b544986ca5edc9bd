/** How a run is asked to stop: once for a checkpoint at the next step, twice for at once. */
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

  /** Calls `listener` with the number of requests so far, at each. Returns what stops it. */
  listen(listener: (requests: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
