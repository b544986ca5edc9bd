/** What a run is asked to do, and how it ends. */

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
  /** Only some arms of the target: what it leads to besides stays known. Default false. */
  readonly part?: boolean
  readonly store: Store
  /** Facts of every data set in the graph. */
  readonly data: DataFactsByKey
  /** The pipeline file and the target in it, for the record. */
  readonly file: string
  readonly target?: string
  /** The machine on which the file is. Default: this one. */
  readonly host?: string
  /** Where workers find the user's functions. Default: nowhere. */
  readonly source?: UserSource
  readonly resources: Resources
  /** Who computes the stages, if others do. */
  readonly workers?: Extract<RunEvent, { event: 'start' }>['workers']
  /** What stages compute with. Default: the native engine. */
  readonly engine?: EngineSettings
  /** What those compute with that ask for the processor, when `resources` have shares. Default: the native engine. */
  readonly processor?: EngineSettings | undefined
  /** What stages are computed with is known only where they are: any checkpoint counts, and who finds it another's passes it over. */
  readonly elsewhere?: boolean
  /** What a plan of this graph has just found in the store, by stage: not asked for again. */
  readonly hits?: ReadonlyMap<string, Hit>
  readonly interruption: Interruption
  readonly onEvent: (event: RunEvent) => void
  /** Seconds between checkpoints of a training stage. Default 30. */
  readonly checkpointEvery?: number
  /** Attempts after the first for failures that may pass. Default 3. */
  readonly retries?: number
  /** Once a stage has failed nothing new begins, and what runs stops at a checkpoint. Default false: what does not need it goes on. */
  readonly failFast?: boolean
  /** Where stages are computed, with the same store. */
  readonly computations: Computations
  /** Of an older run on the same computations: interrupted as soon as this one is attached to all that both contain. */
  readonly replaces?: Interruption
}

export type RunEnd = Extract<RunEvent, { event: 'done' }>
