/** Which executor a run is given. Another one is a folder beside `local/`, a case here, and its flag. */
import type * as Effect from 'effect/Effect'
import type * as Scope from 'effect/Scope'
import type { Devices } from '../engine/devices.ts'
import type { StoreFiles } from '../store/store.ts'
import type { Executor } from './executor.ts'
import { localExecutor } from './local/executor.ts'

/** What it depends on: the command's options are given with the rest. */
export interface ExecutorChoice {
  readonly store: StoreFiles
  readonly devices: Devices
}

export function executorFor({ store, devices }: ExecutorChoice): Effect.Effect<Executor, never, Scope.Scope> {
  return localExecutor({ store, gpus: devices.usual.gpus })
}
