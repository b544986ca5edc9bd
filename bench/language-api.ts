/** The functions that the benchmark of the language bundles and times. */

import type { Json } from '../dsl/check/canonical.ts'
import type { UserSource } from '../runtime/user-code/user-source.ts'
import { UserParts } from '../runtime/worker/user-parts.ts'

export { dataFacts } from '../runtime/data/datasets.ts'
export { dataOf } from '../runtime/kinds/kinds.ts'
export { dataKey, makePlan } from '../runtime/plan/plan.ts'
export { openChecker } from '../runtime/project/check/checker.ts'
export { loadPipelines } from '../runtime/project/load/loader.ts'
export { startAhead } from '../runtime/project/load/thread.ts'
export { openStore } from '../runtime/store/open.ts'

/**
 * What a worker does after each stage: it compares the current meaning of the user's functions with the earlier one. It is here because
 * code that counts as the user's cannot read a clock.
 * @returns milliseconds, each round
 */
export async function comparing(store: string, source: UserSource, options: Json, rounds: number): Promise<number[]> {
  const parts = new UserParts(store)
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    parts.begin(source)
    await parts.in(options)
    const start = performance.now()
    parts.settle()
    times.push(performance.now() - start)
  }
  return times
}
