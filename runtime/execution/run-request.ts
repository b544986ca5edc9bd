/** The request of a run, and its end. */

import type { Graph } from '../../dsl/graph/stage.ts'
import type { EngineSettings } from '../engine/choice.ts'
import type { Resources } from '../engine/devices.ts'
import type { DataFactsByKey, Hit } from '../plan/plan.ts'
import type { RunEvent } from '../run-event.ts'
import type { Store } from '../store/store.ts'
import type { UserSource } from '../user-code/user-source.ts'
import type { Computations } from './computations.ts'
import type { Interruption } from './interruption.ts'

export interface RunRequest {
  readonly graph: Graph
  /** Only some arms of the target are run: the journal keeps the keys of the others. Default false. */
  readonly part?: boolean
  readonly store: Store
  /** Facts of every data set in the graph. */
  readonly data: DataFactsByKey
  /** The pipeline file and the target in it, for the record. */
  readonly file: string
  readonly target?: string
  /** Host name of the machine that has the file. Default: this one. */
  readonly host?: string
  /** Where workers load the user's functions from. Default: nowhere. */
  readonly source?: UserSource
  readonly resources: Resources
  /** Workers on other machines that compute the stages. */
  readonly workers?: Extract<RunEvent, { event: 'start' }>['workers']
  /** Engine of the stages. Default: the native engine. */
  readonly engine?: EngineSettings
  /** Engine of stages that request the processor, when `resources` have shares. Default: the native engine. */
  readonly processor?: EngineSettings | undefined
  /** The numerics of the machines that compute are not known here: any checkpoint counts, and a machine with other numerics ignores it. */
  readonly elsewhere?: boolean
  /** Cache hits that a plan of this graph has just found, by stage: not looked up again. */
  readonly hits?: ReadonlyMap<string, Hit>
  readonly interruption: Interruption
  readonly onEvent: (event: RunEvent) => void
  /** Seconds between checkpoints of a training stage. Default 30. */
  readonly checkpointEvery?: number
  /** Retries after transient failures. Default 3. */
  readonly retries?: number
  /** Once a stage has failed, no other starts, and running ones stop at a checkpoint. Default false: stages that do not need it go on. */
  readonly failFast?: boolean
  /** Where stages are computed, on the same store. */
  readonly computations: Computations
  /** Of an older run on the same computations: requested once this run is attached to every stage that both contain. */
  readonly replaces?: Interruption
}

export type RunEnd = Extract<RunEvent, { event: 'done' }>
