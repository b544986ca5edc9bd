/** Opens a store: a folder, usually `.espalier`, or a database with separate storage for objects. */
import { existsSync } from 'node:fs'
import * as Clock from 'effect/Clock'
import * as Context from 'effect/Context'
import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import * as Layer from 'effect/Layer'
import { StoreProblem } from '../problem.ts'
import { layoutOf } from './folder/layout.ts'
import { whatIsThere } from './folder/stored-files.ts'
import type { LeaseClock, LeaseOptions } from './leases.ts'
import { type Repaired, repairContents } from './maintenance/repair.ts'
import { problems } from './problems.ts'
import { openDisk } from './sqlite/disk-store.ts'
import { repair } from './sqlite/repair.ts'
import type { OpenStoreOptions, Store } from './store.ts'
import type { StorePlace } from './store-place.ts'

export type { Repaired } from './maintenance/repair.ts'

/** Also true for a store that has lost its index: opening it reports that. */
export const isStore = (location: string): boolean => {
  const layout = layoutOf(location)
  return existsSync(layout.index) || whatIsThere(layout) !== undefined
}

/** @param place a string is the path of a folder @throws StoreProblem */
export async function openStore(place: string | StorePlace, options?: OpenStoreOptions): Promise<Store> {
  if (typeof place === 'string') return openDisk(place, options)
  const { home, database, objects } = place
  if (database === undefined) return openDisk(home, options)
  return (await import('./postgres/shared-store.ts')).openShared(database, { home, objects, ...options })
}

/** @throws StoreProblem */
export async function repairStore(place: StorePlace, onProgress?: (done: number, of: number) => void): Promise<Repaired> {
  if (place.database === undefined) return repair(place.home, onProgress)
  const store = await openStore(place, { existing: true })
  try {
    if (store.readOnly) throw problems.readOnly(store.location, 'repair it')
    return { index: undefined, ...(await repairContents(store, onProgress)) }
  } finally {
    store.close()
  }
}

export class StoreService extends Context.Service<StoreService, Store>()('espalier/Store') {}

/** A store that is closed with its scope; leases and heartbeats use the `Clock` service. */
export function storeLayer(open: (leases: LeaseOptions) => Promise<Store>): Layer.Layer<StoreService, StoreProblem> {
  const opened = Effect.clockWith((clock) =>
    Effect.tryPromise({ try: () => open({ clock: leaseClock(clock) }), catch: (cause) => cause }).pipe(
      Effect.catch((cause) => (cause instanceof StoreProblem ? Effect.fail(cause) : Effect.die(cause))),
    ),
  )
  return Layer.effect(
    StoreService,
    Effect.acquireRelease(opened, (store) => Effect.sync(() => store.close())),
  )
}

function leaseClock(clock: Clock.Clock): LeaseClock {
  return {
    now: () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6,
    every: (milliseconds, work) => {
      const again = Effect.forever(Effect.andThen(Effect.sleep(milliseconds), Effect.sync(work)))
      const fiber = Effect.runFork(Effect.provideService(again, Clock.Clock, clock))
      return () => Effect.runFork(Fiber.interrupt(fiber))
    },
  }
}
