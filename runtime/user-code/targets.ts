/** Which of a file's exports are run: one by its name, or all. */
import { isRunnable } from '../../dsl/graph/expr.ts'
import type { Runnable } from '../../dsl/language/study.ts'
import { everyTarget } from '../format/target-name.ts'

/** How Node calls all that a CommonJS module exports. */
export const nodesOwn = 'module.exports'

/** Everything in a module that can be run, by name. */
export const runnableIn = (exported: { readonly [name: string]: unknown }): ReadonlyMap<string, Runnable> =>
  new Map(Object.entries(exported).filter((entry): entry is [string, Runnable] => isRunnable(entry[1]) && entry[0] !== nodesOwn))

/** The target of that name, or each once; empty when there is none. */
export function targetsCalled(name: string, exported: { readonly [name: string]: unknown }): { readonly [target: string]: Runnable } {
  const all = [...runnableIn(exported)]
  if (name !== everyTarget) return Object.fromEntries(all.filter(([target]) => target === name))
  // What is exported twice is run under its own name.
  const named = new Set(all.flatMap(([target, { node }]) => (target === 'default' ? [] : [node])))
  return Object.fromEntries(all.filter(([target, { node }]) => target !== 'default' || !named.has(node)))
}
