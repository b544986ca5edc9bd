/**
 * Earlier results of other places that a stage is like: of the same kind, made from the same inputs. A stage that was renamed and changed at
 * once has none of its own place, and is explained by these.
 */

import type { Json } from '../../dsl/check/canonical.ts'
import { canonical } from '../../dsl/check/canonical.ts'
import type { Store } from '../store/store.ts'
import { type Nearest, nearestIn } from './explain.ts'

export interface SimilarResult extends Nearest {
  readonly key: string
  /** Where it stood. */
  readonly path: string
}

type Found = Pick<SimilarResult, 'key' | 'path'>

/** Of the results in a store, those used last: enough to have what somebody has just edited, and read in some ten milliseconds. */
const newest = 1000
/** Of those that are like a stage. */
const compared = 16
/** Parts that differ: with more it is another experiment, which an earlier one does not explain. */
const most = 3

export class SimilarResults {
  readonly #store: Pick<Store, 'results' | 'functions'>
  readonly #ignored: ReadonlySet<string>
  #known: ReadonlyMap<string, readonly Found[]> | undefined

  /** @param ignored keys that are no answer: of what the plan still has */
  constructor(store: Pick<Store, 'results' | 'functions'>, ignored: ReadonlySet<string>) {
    this.#store = store
    this.#ignored = ignored
  }

  /** Undefined when nothing is like it. @param manifest with all inputs known */
  async nearest(manifest: Json): Promise<SimilarResult | undefined> {
    this.#known ??= await this.#read()
    const { kind, inputs } = manifest as { readonly kind: string; readonly inputs: Json } // as `manifestOf` made it
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

  /** By kind and inputs, those used last first. */
  async #read(): Promise<ReadonlyMap<string, readonly Found[]>> {
    const used = await this.#store.results.lastUsed(newest)
    return Map.groupBy(used, ({ kind, inputs }) => groupOf(kind, inputs))
  }
}

const groupOf = (kind: string, inputs: Json): string => `${kind} ${canonical(inputs)}`
