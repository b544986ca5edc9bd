/** Which executor a run is given. Another one is a folder beside `local/`, a case here, and its flag. */
import * as Effect from 'effect/Effect'
import type * as Scope from 'effect/Scope'
import type { Devices } from '../engine/devices.ts'
import type { StoreFiles } from '../store/store.ts'
import type { LoadedCode } from '../user-code/user-modules.ts'
import type { UserSource } from '../user-code/user-source.ts'
import type { ClusterOptions } from './cluster/executor.ts'
import type { Executor } from './executor.ts'
import type { ExecutorName } from './executor-names.ts'
import { localExecutor } from './local/executor.ts'
import type { SlurmAsked } from './slurm/options.ts'

/** What it depends on: the command's options are given with the rest. */
export interface ExecutorChoice {
  readonly store: StoreFiles
  readonly devices: Devices
  readonly on?: ExecutorName
  /** For `slurm`. */
  readonly slurm?: SlurmAsked
  /** For `cluster`. */
  readonly cluster?: ClusterOptions | undefined
}

export function executorFor({ store, devices, on, slurm, cluster }: ExecutorChoice): Effect.Effect<Executor, never, Scope.Scope> {
  if (on === 'cluster' && cluster !== undefined)
    return Effect.flatMap(
      Effect.promise(() => import('./cluster/executor.ts')),
      ({ clusterExecutor }) => clusterExecutor(cluster),
    )
  if (on !== 'slurm' || slurm === undefined) return localExecutor({ store, gpus: devices.usual.gpus })
  return Effect.flatMap(
    Effect.promise(() => import('./slurm/executor.ts')),
    ({ slurmExecutor }) => slurmExecutor({ store, asked: slurm }),
  )
}

/** Where the stages' processes find the user's functions. @throws LoadProblem for code that cannot be brought there */
export async function sourceOn(
  { on, store }: Pick<ExecutorChoice, 'on' | 'store'>,
  source: UserSource,
  code: LoadedCode | undefined,
): Promise<UserSource> {
  return on === 'slurm' ? (await import('./slurm/code.ts')).sharedSource(store, source, code) : source
}
