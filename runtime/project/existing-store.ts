/** The store that a command is about when there is no pipeline file to go by. */
import { join, resolve } from 'node:path'
import * as Effect from 'effect/Effect'
import { defaultStoreDirectory } from '../store/location.ts'
import { openStore, StoreService, storeLayer } from '../store/open.ts'
import type { Store } from '../store/store.ts'

export interface StoreOptions {
  /** Default: `.espalier` beside the nearest package.json of the working directory. */
  readonly store: string | undefined
}

export const storeDirectory = (store: string | undefined): string =>
  store === undefined ? defaultStoreDirectory(join(process.cwd(), 'any.pipeline.ts')) : resolve(store)

/** Opens it for `work` and closes it again. @throws StoreProblem, among others when there is no store */
export function withStore<T>({ store: asked }: Pick<StoreOptions, 'store'>, work: (store: Store) => Promise<T>): Promise<T> {
  const opened = storeLayer((leases) => openStore(storeDirectory(asked), { existing: true, leases }))
  const done = Effect.flatMap(StoreService, (store) => Effect.tryPromise({ try: () => work(store), catch: (cause) => cause }))
  return Effect.runPromise(Effect.provide(done, opened))
}
