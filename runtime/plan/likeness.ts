/**
 * Earlier results of other places that a stage is like: of the same kind, made from the same inputs. A stage that was renamed and changed at
 * once has none of its own place, and is explained by these.
 */

import { canonical } from '../../dsl/check/canonical.ts'
import type { Json } from '../../dsl/graph/stage-options.ts'
import type { Store } from '../store/store.ts'
import { type Nearest, nearestOf } from './explain.ts'

export interface Like extends Nearest {
  readonly key: string
  /** Where it stood. */
  readonly path: string
}

type Found = Pick<Like, 'key' | 'path'>

/** Of the results in a store, those used last: enough to have what somebody has just edited, and read in some ten milliseconds. */
const newest = 1000
/** Of those that are like a stage. */
const compared = 16
/** Parts that differ: with more it is another experiment, which an earlier one does not explain. */
const most = 3

export class Likeness {
  readonly #store: Pick<Store, 'index' | 'functions'>
  readonly #ignored: ReadonlySet<string>
  #known: ReadonlyMap<string, readonly Found[]> | undefined

  /** @param ignored keys that are no answer: of what the plan still has */
  constructor(store: Pick<Store, 'index' | 'functions'>, ignored: ReadonlySet<string>) {
    this.#store = store
    this.#ignored = ignored
  }

  /** Undefined when nothing is like it. @param manifest with all inputs known */
  nearest(manifest: Json): Like | undefined {
    this.#known ??= this.#read()
    const { kind, inputs } = manifest as { readonly kind: string; readonly inputs: Json } // as `manifestOf` made it
    const candidates = new Map(
      (this.#known.get(groupOf(kind, canonical(inputs))) ?? [])
        .filter(({ key }) => !this.#ignored.has(key))
        .slice(0, compared)
        .map((found) => [this.#manifestOf(found.key), found]),
    )
    const nearest = nearestOf([...candidates.keys()], manifest, (fingerprint) => this.#store.functions.find(fingerprint))
    const count = nearest?.differences.length ?? 0
    return nearest === undefined || count === 0 || count > most ? undefined : { ...nearest, ...candidates.get(nearest.manifest)! }
  }

  /** By kind and inputs, those used last first. */
  #read(): ReadonlyMap<string, readonly Found[]> {
    const rows = this.#store.index.all(
      "SELECT key, path, kind, json_extract(manifest, '$.inputs') AS inputs FROM (SELECT key, tick FROM uses ORDER BY tick DESC LIMIT ?) JOIN results USING (key) ORDER BY tick DESC",
      newest,
    )
    const found = rows.map(({ key, path, kind, inputs }) => ({
      group: groupOf(String(kind), String(inputs)),
      key: String(key),
      path: String(path),
    }))
    return Map.groupBy(found, ({ group }) => group)
  }

  #manifestOf(key: string): Json {
    const [row] = this.#store.index.all('SELECT manifest FROM results WHERE key = ?', key)
    return JSON.parse(String(row?.manifest ?? 'null')) as Json
  }
}

const groupOf = (kind: string, inputs: string): string => `${kind} ${inputs}`
