/**
 * Parts of the user's own in an expression: functions, and arrays of data. Stages are plain data, so an option holds a reference, and the
 * part itself hangs on it where nothing but `partIn` sees it; `compile` puts the fingerprint of its meaning in.
 */
import { problem, shown } from '../check/checks.ts'
import type { FunctionRef } from './stage-options.ts'

export type OwnFunction = (...given: never[]) => unknown
/** What a user can bring: a function, or arrays by name. */
export type OwnPart = OwnFunction | object

/** What a part is for. Data may come from files; nothing else may read any. */
export type Role = 'criterion' | 'loss' | 'stage' | 'model' | 'data'

/** The same in every copy of the library. */
const part: unique symbol = Symbol.for('espalier.own')

interface Held {
  readonly [part]: { readonly own: OwnPart; readonly role: Role }
}

/** A reference to a function of the user's. @throws PipelineProblem for what cannot be called */
export const holdFunction = (role: Role, verb: string, fn: unknown, example: string): FunctionRef => {
  if (typeof fn === 'function') return hold(role, fn as OwnFunction, fn.name || role)
  throw problem(
    `${verb} needs a function.`,
    [
      ['verb', verb],
      ['value', shown(fn)],
    ],
    `For example ${example}.`,
  )
}

export const hold = (role: Role, own: OwnPart, name: string): FunctionRef =>
  // Not enumerable: whoever prints, compares or sends the options sees plain data.
  Object.freeze(Object.defineProperty({ name, fingerprint: '' }, part, { value: { own, role } }))

const isHeld = (value: object): value is FunctionRef & Held => part in value

/** The options with the fingerprint of every part in them; the same object when there is none. */
export const withFingerprints = <O>(options: O, fingerprint: (ref: FunctionRef, own: OwnPart, role: Role) => string): O => {
  if (typeof options !== 'object' || options === null) return options
  if (isHeld(options)) {
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
