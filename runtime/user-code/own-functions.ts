/** References to the user's functions in options. */
import type { Json } from '../../dsl/graph/stage-options.ts'

/** The value with every function known by its fingerprint alone: what it is called changes no key and no content address. */
export function withoutNames<T extends Json>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutNames) as Json as T
  const members = Object.entries(value as { readonly [key: string]: Json })
  const isReference = members.length === 2 && 'name' in value && typeof (value as { fingerprint?: Json }).fingerprint === 'string'
  const kept = isReference ? members.filter(([key]) => key !== 'name') : members
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNames(item)])) as Json as T // the same but for names
}
