/**
 * Earlier results of the same kind and inputs, from other places. They explain a stage that was both renamed and changed, which has no
 * results of its own place.
 */

import type { Json } from '../../dsl/check/canonical.ts'
import { canonical } from '../../dsl/check/canonical.ts'
import type { Store } from '../store/store.ts'
import { type Nearest, nearestIn } from './explain.ts'

export interface SimilarResult extends Nearest {
  readonly key: string
  /** Its path. */
  readonly path: string
}

type Found = Pick<SimilarResult, 'key' | 'path'>

/** Most recently used results that are searched: enough to include those of a recent edit, and read in about 10 ms. */
const newest = 1000
/** Most candidates compared per stage. */
const compared = 16
/** Most differing parts; with more, it counts as another experiment. */
const most = 3

export class SimilarResults {
  readonly #store: Pick<Store, 'results' | 'functions'>
  readonly #ignored: ReadonlySet<string>
  #known: ReadonlyMap<string, readonly Found[]> | undefined

  /** @param ignored keys to leave out: those that the plan still contains */
  constructor(store: Pick<Store, 'results' | 'functions'>, ignored: ReadonlySet<string>) {
    this.#store = store
    this.#ignored = ignored
  }

  /** Undefined if there is none. @param manifest with all inputs known */
  async nearest(manifest: Json): Promise<SimilarResult | undefined> {
    this.#known ??= await this.#read()
    const { kind, inputs } = manifest as { readonly kind: string; readonly inputs: Json } // made by `manifestOf`
    const found = (this.#known.get(groupOf(kind, inputs)) ?? []).filter(({ key }) => !this.#ignored.has(key)).slice(0, compared)
    const candidates = new Map<Json, Found>()
    for (const each of found) {
      const result = await this.#store.results.get(each.key)
      if (result !== undefined) candidates.set(result.manifest, each)
    }
    const [nearest] = await nearestIn(this.#store, [{ earlier: [...candidates.keys()], now: manifest }])
    const count = nearest?.differences.length ?? 0
    return nearest === undefined || count === 0 || count > most ? undefined : { ...nearest, ...candidates.get(nearest.manifest)! }
  }

  /** By kind and inputs, most recently used first. */
  async #read(): Promise<ReadonlyMap<string, readonly Found[]>> {
    const used = await this.#store.results.lastUsed(newest)
    return Map.groupBy(used, ({ kind, inputs }) => groupOf(kind, inputs))
  }
}

const groupOf = (kind: string, inputs: Json): string => `${kind} ${canonical(inputs)}`
