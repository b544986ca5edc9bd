/** Selects the executor of a run. A new one is a folder beside `local/`, a case here, and a flag. */
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

/** Settings that select the executor, and the options of each. */
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

/** Where the stages' processes load the user's functions from. @throws LoadProblem for code that cannot be copied there */
export async function sourceOn(
  { on, store }: Pick<ExecutorChoice, 'on' | 'store'>,
  source: UserSource,
  code: LoadedCode | undefined,
): Promise<UserSource> {
  return on === 'slurm' ? (await import('./slurm/code.ts')).sharedSource(store, source, code) : source
}
