/** Selects the exports of a file to run: one by name, or all. */
import { isRunnable } from '../../dsl/graph/expr.ts'
import type { Runnable } from '../../dsl/language/study.ts'
import { everyTarget } from '../format/target-name.ts'

/** Node's name for the whole of a CommonJS module's exports. */
export const nodesOwn = 'module.exports'

/** All runnable exports of a module, by name. */
export const runnableIn = (exported: { readonly [name: string]: unknown }): ReadonlyMap<string, Runnable> =>
  new Map(Object.entries(exported).filter((entry): entry is [string, Runnable] => isRunnable(entry[1]) && entry[0] !== nodesOwn))

/** The target with this name, or all of them; empty if there is none. */
export function targetsCalled(name: string, exported: { readonly [name: string]: unknown }): { readonly [target: string]: Runnable } {
  const all = [...runnableIn(exported)]
  if (name !== everyTarget) return Object.fromEntries(all.filter(([target]) => target === name))
  // A target that is also the default export is run once, under its own name.
  const named = new Set(all.flatMap(([target, { node }]) => (target === 'default' ? [] : [node])))
  return Object.fromEntries(all.filter(([target, { node }]) => target !== 'default' || !named.has(node)))
}
