/** Canonical JSON (RFC 8785). Our own, because the language imports no package and an error must name the place. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A place in a value that JSON cannot represent. */
export interface NotJson {
  /** `$.rates[2]` */
  readonly path: string
  /** For messages: `a Map`, `NaN`. */
  readonly found: string
}

/**
 * Object keys sorted by UTF-16 code units, no white space, -0 written as 0.
 * @throws TypeError that names the path of a value JSON cannot represent (undefined, NaN, ±Infinity, a function, a Map, a cycle, …)
 */
export const canonical = (value: Json): string => {
  try {
    return write(value)
  } catch (cause) {
    const wrong = notJson(value)
    throw wrong === undefined ? cause : new TypeError(`${wrong.path} is ${wrong.found}, which JSON cannot say`)
  }
}

/** The first place where a value would not survive a round trip through JSON, or where two different values would have the same text. */
export const notJson = (value: unknown, path = '$', above: readonly object[] = []): NotJson | undefined => {
  const found = unlikeJson(value, above)
  if (found !== undefined) return { path, found }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    const wrong = notJson(item, typeof name === 'number' ? `${path}[${name}]` : `${path}.${name}`, [...above, value])
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const write = (value: unknown): string => {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${Array.from(value, write).join(',')}]`
  if (typeof value !== 'object' || !isPlain(value)) throw new TypeError('not JSON')
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${write(item)}`).join(',')}}`
}

/** Real data are not nested deeper. */
const deepest = 100

/** What a value is, for messages, if JSON cannot represent it; its members are not checked. @param above the objects that contain it */
export const unlikeJson = (value: unknown, above: readonly object[]): string | undefined => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return undefined
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : Number.isFinite(value) ? undefined : String(value)
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
  if (typeof value !== 'object') return value === undefined ? 'an empty place' : `a ${typeof value}`
  if (above.includes(value)) return 'an object that contains itself'
  if (above.length > deepest) return `an object that stands more than ${deepest} levels deep`
  if (Object.getOwnPropertySymbols(value).some((name) => Object.prototype.propertyIsEnumerable.call(value, name)))
    return 'an object with a symbol in it'
  return Array.isArray(value) || isPlain(value) ? undefined : `a ${classOf(value)}`
}

/** Created by `{ … }`, in any realm. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const classOf = (value: object): string => {
  const { name } = Object(Object.getPrototypeOf(value)).constructor as { readonly name?: unknown }
  return typeof name === 'string' && name !== '' ? name : 'class instance'
}
