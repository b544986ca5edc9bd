/** Signatures of the computations of stages. */

import type { StageKind } from '../../dsl/graph/stage.ts'
import type { WorkerCache } from '../worker/cache.ts'
import type { Outcome, StageContext, Stopped } from '../worker/stage-context.ts'
import type { WorkOf } from './work.ts'

/** Kinds that compute with typed arrays alone. */
export type Surgery<K extends StageKind> = (work: WorkOf<K>, context: StageContext) => Promise<Outcome>
/** Kinds that need an engine. */
export type Computation<K extends StageKind> = (work: WorkOf<K>, context: StageContext, cache: WorkerCache) => Promise<Outcome | Stopped>

/** Addresses of the inputs `role`, `role2`, `role3`, … in this order. */
export function inRole(inputs: { readonly [role: string]: string | undefined }, role: string): readonly string[] {
  const numberOf = (name: string): number => (name === role ? 1 : Number(name.slice(role.length)))
  return Object.entries(inputs)
    .filter(([name]) => name.startsWith(role) && numberOf(name) > 0)
    .toSorted(([a], [b]) => numberOf(a) - numberOf(b))
    .flatMap(([, digest]) => digest ?? [])
}
