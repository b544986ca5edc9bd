/** Opens the store that a location names: today always a folder, usually `.espalier`. */
import { existsSync } from 'node:fs'
import * as Clock from 'effect/Clock'
import * as Context from 'effect/Context'
import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import * as Layer from 'effect/Layer'
import { StoreProblem } from '../problem.ts'
import { layoutOf } from './folder/layout.ts'
import type { LeaseClock, LeaseOptions } from './leases.ts'
import { type OpenStoreOptions, openDisk } from './sqlite/disk-store.ts'
import type { Store } from './store.ts'

export type { Repaired } from './maintenance/repair.ts'
export { repair as repairStore } from './sqlite/repair.ts'

export const isStore = (location: string): boolean => existsSync(layoutOf(location).index)

/** @throws StoreProblem */
export function openStore(location: string, options?: OpenStoreOptions): Promise<Store> {
  return openDisk(location, options)
}

export class StoreService extends Context.Service<StoreService, Store>()('espalier/Store') {}

/** A store that is closed with its scope; leases and heartbeats go by the clock of the effects that use it. */
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
