/** A view of a store for a run that recomputes existing results: old ones are kept until replaced, so a failure loses nothing. */
import type { FoundResult, Results } from './results.ts'
import type { Store } from './store.ts'

/** @param keys of results that are hidden until they are put again through the returned store */
export function madeAgain(store: Store, keys: Iterable<string>): Store {
  const old = new Set(keys)
  const { results } = store
  const own: Pick<Results, 'find' | 'findMany' | 'put'> = {
    find: async (key) => hidden(old, key) ?? results.find(key),
    async findMany(asked) {
      const found = await results.findMany(asked)
      return asked.map((key, i) => hidden(old, key) ?? found[i]!)
    },
    async put(result, more) {
      const kept = await results.put(result, more)
      if (kept) old.delete(result.key)
      return kept
    },
  }
  return { ...store, results: overlaid(results, own) }
}

const hidden = (old: ReadonlySet<string>, key: string): FoundResult | undefined => (old.has(key) ? { found: 'none' } : undefined)

/** A proxy with some methods of `own`; the rest are bound to `below`, because its private members need it as `this`. */
function overlaid<T extends object>(below: T, own: Partial<T>): T {
  return new Proxy(below, {
    get(_, name) {
      const [from, value] = Object.hasOwn(own, name) ? [own, Reflect.get(own, name)] : [below, Reflect.get(below, name, below)]
      return typeof value === 'function' ? value.bind(from) : value
    },
  })
}
