/** The executor interface: has stages computed for the scheduler, which handles no processes or machines. `local/` uses this machine. */
import type * as Effect from 'effect/Effect'
import type { Stage } from '../../dsl/graph/stage.ts'
import type { Place, Resources } from '../engine/devices.ts'
import type { LookupRequest } from '../plan/lookup.ts'
import type { StageFailure, StoreProblem } from '../problem.ts'
import type { Outcome, StageReport, Stopped } from '../worker/stage-context.ts'
import type { Job } from './protocol.ts'
import type { Rank } from './rank.ts'

/** Resources that a stage takes while it runs. */
export interface Demand {
  readonly place: Place
  /** Expected memory. A stage that needs more than the capacity runs alone. */
  readonly bytes: number
}

export interface Capacity {
  /** Stages at once, 1 or more. */
  readonly slots: number
  /** Stages at once at each place; their sum may exceed the slots. */
  readonly places: Readonly<Record<Place, number>>
  /** Memory of all running stages together. Infinite where something else allocates it, so that no stage waits for memory. */
  readonly bytes: number
}

export type JobEvent =
  /**
   * First event of every attempt: the job has a worker. `worker` is its process id if it is on this machine; `by` names the process that
   * computes it elsewhere.
   */
  { readonly type: 'assigned'; readonly worker?: number | undefined; readonly by?: string } | StageReport

/** The result is already in the store, put there by the process that computed it. */
export interface Kept {
  readonly kept: 'run' | 'resumed' | 'found'
}

/** What a job was made from: enough to plan it again on another machine. */
export interface Asked {
  readonly lookup: LookupRequest
  readonly rank: Rank
}

export interface Executor {
  /** Capacity for a run that requests `wanted`. */
  capacity(wanted: Pick<Resources, 'slots' | 'shares'>): Capacity
  /**
   * Runs a job to its end. Interruption ends the job at once.
   * @param demand within the capacity; undefined for a short stage that takes no slot
   */
  run(
    job: Job,
    demand: Demand | undefined,
    onEvent: (event: JobEvent) => void,
    asked: Asked,
  ): Effect.Effect<Outcome | Stopped | Kept, StageFailure | StoreProblem>
  /**
   * Whether the process that computes the stage holds the lease and stores the result. Otherwise, and where this is absent, the caller of
   * `run` does both.
   */
  publishes?(stage: Pick<Stage, 'kind'>): boolean
  /** Requests a checkpoint at the next step, after which `run` ends with Stopped. No-op when no such job runs. */
  stop(id: Job['id']): void
  /** Ends the job at once: `run` fails. No-op when no such job runs. */
  kill(id: Job['id']): void
}
