/** A store as it is for a run that computes again what is there: old results stay until there are new ones, so that a failure loses nothing. */
import type { FoundResult, Results } from './results.ts'
import type { Store } from './store.ts'

/** @param keys of results that are not found before they have been put again through the store that is given back */
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

/** Some methods of its own; the rest are those of the object below, whose private members only it can reach. */
function overlaid<T extends object>(below: T, own: Partial<T>): T {
  return new Proxy(below, {
    get(_, name) {
      const [from, value] = Object.hasOwn(own, name) ? [own, Reflect.get(own, name)] : [below, Reflect.get(below, name, below)]
      return typeof value === 'function' ? value.bind(from) : value
    },
  })
}
