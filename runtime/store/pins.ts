/** Results that gc keeps until they are unpinned. */

/** All methods reject with a StoreProblem and nothing else. */
export interface Pins {
  /** Keys, oldest pin first. */
  all(): Promise<readonly string[]>
  /** @returns those that were not pinned before */
  add(keys: readonly string[]): Promise<readonly string[]>
  /** @returns those that were pinned */
  remove(keys: readonly string[]): Promise<readonly string[]>
}
