/** What every kind of stage is given and gives back. */
import type { StageKind } from '../../dsl/graph/stage.ts'
import type { FromWorker, Job, Outcome, WorkOf } from '../execution/protocol.ts'
import type { Layout } from '../store/layout.ts'
import type { Objects } from '../store/objects.ts'
import type { Warm } from '../worker/warm.ts'

export interface StageContext {
  readonly job: Job
  readonly objects: Objects
  readonly layout: Layout
  /** Sends progress and points of curves. */
  report(message: Extract<FromWorker, { type: 'started' | 'progress' | 'metrics' }>): void
  /** Whether the stage is asked to checkpoint and stop. */
  stopping(): boolean
}

/** A stage that stopped at a checkpoint. */
export interface Stopped {
  readonly stoppedAt: number
  readonly steps: number
}

/** Kinds that compute with typed arrays alone. */
export type Surgery<K extends StageKind> = (work: WorkOf<K>, context: StageContext) => Promise<Outcome>
/** Kinds that need an engine. */
export type Computation<K extends StageKind> = (work: WorkOf<K>, context: StageContext, warm: Warm) => Promise<Outcome | Stopped>

/** Addresses of the inputs `role`, `role2`, `role3`, … in this order. */
export function inRole(inputs: { readonly [role: string]: string | undefined }, role: string): readonly string[] {
  const numberOf = (name: string): number => (name === role ? 1 : Number(name.slice(role.length)))
  return Object.entries(inputs)
    .filter(([name]) => name.startsWith(role) && numberOf(name) > 0)
    .toSorted(([a], [b]) => numberOf(a) - numberOf(b))
    .flatMap(([, digest]) => digest ?? [])
}
