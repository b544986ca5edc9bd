import type { Literal } from './unit.ts'
import type { Callable } from './value.ts'

const kinds: ReadonlySet<unknown> = new Set(
  [() => {}, async () => {}, function* () {}, async function* () {}].map((one) => Object.getPrototypeOf(one)),
)
const given = new Set<string | symbol>(['length', 'name', 'prototype'])

/** The name of a property the literal does not declare. */
export function addedProperty(fn: Callable, literal: Literal): string | undefined {
  if (literal.class && literal.statics === undefined) return undefined // computed members: any name may be its own
  const own = Reflect.ownKeys(fn).find((key) => !given.has(key) && !(typeof key === 'string' && literal.statics?.includes(key)))
  if (own !== undefined) return String(own)
  if (!literal.class && !kinds.has(Object.getPrototypeOf(fn))) return '__proto__'
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value
  if (typeof prototype !== 'object' || prototype === null) return undefined
  const expected = literal.prototype ?? ['constructor']
  const added = Reflect.ownKeys(prototype).find((key) => !(typeof key === 'string' && expected.includes(key)))
  return added === undefined ? undefined : `prototype.${String(added)}`
}
