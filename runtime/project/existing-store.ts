/** The store that a command is about when there is no pipeline file to go by. */
import { join, resolve } from 'node:path'
import { defaultStoreDirectory } from '../store/location.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'

export interface StoreOptions {
  /** Default: `.espalier` beside the nearest package.json of the working directory. */
  readonly store: string | undefined
}

export const storeDirectory = (store: string | undefined): string =>
  store === undefined ? defaultStoreDirectory(join(process.cwd(), 'any.pipeline.ts')) : resolve(store)

/** Opens it for `work` and closes it again. @throws StoreProblem, among others when there is no store */
export async function withStore<T>(options: Pick<StoreOptions, 'store'>, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(storeDirectory(options.store), { existing: true })
  try {
    return await work(store)
  } finally {
    store.close()
  }
}
