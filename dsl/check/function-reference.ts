/**
 * User functions and data arrays in an expression. Stages are plain data, so an option contains a reference. The function or array is
 * attached to it as a hidden property that only `withFingerprints` reads; `compile` adds the fingerprint.
 */
import type { Json } from './canonical.ts'
import { callable } from './checks.ts'
import { type Of, struct, text, words } from './form.ts'

/** A reference, marked by the tag `$`, which plain user data cannot have; its name, for messages, and the fingerprint of the function. */
export const functionReference = struct({ $: words(['function']), name: text, fingerprint: text })
export type FunctionRef = Of<typeof functionReference>

export type UserFunction = (...given: never[]) => unknown
/** A user's function, or arrays by name. */
export type UserPart = UserFunction | object

/** The purpose of a function. Only data functions may read files. */
export type Role = 'criterion' | 'loss' | 'objective' | 'metric' | 'stage' | 'model' | 'data'

/** The same in every copy of the library. */
const part: unique symbol = Symbol.for('espalier.own')

interface WithPart {
  readonly [part]: { readonly own: UserPart; readonly role: Role }
}

/** A reference to a user's function. @throws PipelineProblem if the value is not a function */
export const referenceToFunction = (role: Role, verb: string, fn: unknown, example: string): FunctionRef => {
  callable(verb, fn, example)
  return referenceTo(role, fn, fn.name || role)
}

export const referenceTo = (role: Role, own: UserPart, name: string): FunctionRef =>
  // Not enumerable, so printing, comparing and sending the options sees plain data.
  Object.freeze(Object.defineProperty({ $: 'function', name, fingerprint: '' } as const, part, { value: { own, role } }))

const hasPart = (value: object): value is FunctionRef & WithPart => part in value

/** The options with the fingerprints of all references; the same object if there are none. */
export const withFingerprints = <O>(options: O, fingerprint: (ref: FunctionRef, own: UserPart, role: Role) => string): O => {
  if (typeof options !== 'object' || options === null) return options
  if (hasPart(options)) {
    const { own, role } = options[part]
    return { ...options, fingerprint: fingerprint(options, own, role) }
  }
  let changed = false
  const parts = Object.entries(options).map(([name, value]) => {
    const done: unknown = withFingerprints(value, fingerprint)
    changed ||= done !== value
    return [name, done] as const
  })
  // A list stays a list; an object of the same names keeps its type.
  return changed ? ((Array.isArray(options) ? parts.map(([, value]) => value) : Object.fromEntries(parts)) as O) : options
}

/** The first object in plain data that is a reference or looks like one. */
export const referenceIn = (value: Json): object | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  if (isReference(value)) return value
  for (const part of Object.values(value)) {
    const found = referenceIn(part)
    if (found !== undefined) return found
  }
  return undefined
}

const isReference = (value: object): boolean => '$' in value && value.$ === 'function'

/** The value with every function identified by its fingerprint only, so that its name changes neither keys nor hashes. */
export const withoutNames = <T extends Json>(value: T): T => {
  if (typeof value !== 'object' || value === null || referenceIn(value) === undefined) return value
  if (Array.isArray(value)) return value.map(withoutNames) as Json as T
  const members = Object.entries(value as { readonly [key: string]: Json })
  const kept = isReference(value) ? members.filter(([name]) => name === 'fingerprint') : members
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNames(item)])) as Json as T // the same but for names
}
