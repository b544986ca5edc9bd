/** Who computes stages, as an interface: the scheduler knows no process and no machine. `local/` computes on this one. */
import type * as Effect from 'effect/Effect'
import type { Stage } from '../../dsl/graph/stage.ts'
import type { Place, Resources } from '../engine/devices.ts'
import type { LookupRequest } from '../plan/lookup.ts'
import type { StageFailure, StoreProblem } from '../problem.ts'
import type { Outcome, StageReport, Stopped } from '../worker/stage-context.ts'
import type { Job } from './protocol.ts'
import type { Rank } from './rank.ts'

/** What a stage takes of an executor while it runs. */
export interface Demand {
  readonly place: Place
  /** Expected need of memory. A stage that needs more than there is runs alone. */
  readonly bytes: number
}

export interface Capacity {
  /** Stages at once, 1 or more. */
  readonly slots: number
  /** Stages at once at each place; together they may be more than the slots. */
  readonly places: Readonly<Record<Place, number>>
  /** Memory that the stages may need together. Infinite where something else allocates it: then no stage waits for others to end. */
  readonly bytes: number
}

export type JobEvent =
  /**
   * The first of every attempt: somebody computes it now. `worker` is the id of its process on this machine, if it has one; `by` names whoever
   * computes it elsewhere.
   */
  { readonly type: 'assigned'; readonly worker?: number | undefined; readonly by?: string } | StageReport

/** The result is in the store: whoever computed it has put it there. */
export interface Kept {
  readonly kept: 'run' | 'resumed' | 'found'
}

/** What a job stands for: enough to plan it again somewhere else. */
export interface Asked {
  readonly lookup: LookupRequest
  readonly rank: Rank
}

export interface Executor {
  /** What a run that asks for `wanted` has. */
  capacity(wanted: Pick<Resources, 'slots' | 'shares'>): Capacity
  /**
   * Runs a job to its end. When interrupted, the job ends at once.
   * @param demand within the capacity; undefined for a stage that is over in a moment and takes no slot
   */
  run(
    job: Job,
    demand: Demand | undefined,
    onEvent: (event: JobEvent) => void,
    asked: Asked,
  ): Effect.Effect<Outcome | Stopped | Kept, StageFailure | StoreProblem>
  /**
   * Whether `run` ends with what is kept already, under a lease of whoever computed it. Otherwise, and where this is absent, the caller has
   * the lease and keeps the outcome.
   */
  publishes?(stage: Pick<Stage, 'kind'>): boolean
  /** Asks for a checkpoint at the next step: `run` ends with Stopped. Nothing happens when no such job runs. */
  stop(id: Job['id']): void
  /** Ends the job at once: `run` fails. Nothing happens when no such job runs. */
  kill(id: Job['id']): void
}
