/**
 * Parts of the user's own in an expression: functions, and arrays of data. Stages are plain data, so an option holds a reference, and the
 * part itself hangs on it where nothing but `withFingerprints` sees it; `compile` puts the fingerprint of its meaning in.
 */
import type { Json } from './canonical.ts'
import { callable } from './checks.ts'
import { type Of, struct, text, words } from './form.ts'

/** A reference, known by its tag `$`, which plain data of the user's cannot have; its name, for people, and the fingerprint of its meaning. */
export const functionReference = struct({ $: words(['function']), name: text, fingerprint: text })
export type FunctionRef = Of<typeof functionReference>

export type UserFunction = (...given: never[]) => unknown
/** What a user can bring: a function, or arrays by name. */
export type UserPart = UserFunction | object

/** What a part is for. Data may come from files; nothing else may read any. */
export type Role = 'criterion' | 'loss' | 'objective' | 'metric' | 'stage' | 'model' | 'data'

/** The same in every copy of the library. */
const part: unique symbol = Symbol.for('espalier.own')

interface WithPart {
  readonly [part]: { readonly own: UserPart; readonly role: Role }
}

/** A reference to a function of the user's. @throws PipelineProblem for what cannot be called */
export const referenceToFunction = (role: Role, verb: string, fn: unknown, example: string): FunctionRef => {
  callable(verb, fn, example)
  return referenceTo(role, fn, fn.name || role)
}

export const referenceTo = (role: Role, own: UserPart, name: string): FunctionRef =>
  // Not enumerable: whoever prints, compares or sends the options sees plain data.
  Object.freeze(Object.defineProperty({ $: 'function', name, fingerprint: '' } as const, part, { value: { own, role } }))

const hasPart = (value: object): value is FunctionRef & WithPart => part in value

/** The options with the fingerprint of every part in them; the same object when there is none. */
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

/** The first object in plain data that is, or would be taken for, a reference. */
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

/** The value with every function known by its fingerprint alone: what it is called changes no key and no content address. */
export const withoutNames = <T extends Json>(value: T): T => {
  if (typeof value !== 'object' || value === null || referenceIn(value) === undefined) return value
  if (Array.isArray(value)) return value.map(withoutNames) as Json as T
  const members = Object.entries(value as { readonly [key: string]: Json })
  const kept = isReference(value) ? members.filter(([name]) => name === 'fingerprint') : members
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNames(item)])) as Json as T // the same but for names
}
