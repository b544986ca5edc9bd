/** The store of a command without a pipeline file. */
import { join } from 'node:path'
import * as Effect from 'effect/Effect'
import { openStore, StoreService, storeLayer } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { type StoreAsked, type StorePlace, storePlace } from '../store/store-place.ts'

/** Default: `.espalier` beside the nearest package.json of the working directory. @throws StoreProblem */
export const placeHere = (asked: StoreAsked): Promise<StorePlace> => storePlace(asked, join(process.cwd(), 'any.pipeline.ts'))

/** Opens it for `work` and closes it again. @throws StoreProblem, among others when there is no store */
export async function withStore<T>(asked: StoreAsked, work: (store: Store) => Promise<T>): Promise<T> {
  const place = await placeHere(asked)
  const opened = storeLayer((leases) => openStore(place, { existing: true, leases }))
  const done = Effect.flatMap(StoreService, (store) => Effect.tryPromise({ try: () => work(store), catch: (cause) => cause }))
  return Effect.runPromise(Effect.provide(done, opened))
}
