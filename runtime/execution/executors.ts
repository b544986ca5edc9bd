/** Which executor a run is given: another one is added here and as a folder beside `local/`. */
import type * as Effect from 'effect/Effect'
import type * as Scope from 'effect/Scope'
import type { Devices } from '../engine/devices.ts'
import type { StoreFiles } from '../store/store.ts'
import type { Executor } from './executor.ts'
import { localExecutor } from './local/executor.ts'

export function executorFor({
  store,
  devices,
}: {
  readonly store: StoreFiles
  readonly devices: Devices
}): Effect.Effect<Executor, never, Scope.Scope> {
  return localExecutor({ store, gpus: devices.usual.gpus })
}
