/**
 * One text for one value: JSON with sorted keys and nothing left to taste, and the SHA-256 of it.
 * Every hash of structured data begins with a domain tag, so that two kinds of hash can never be mistaken for each other.
 */
import { createHash } from 'node:crypto'
import type { Json } from '../../dsl/graph/stage-options.ts'

/**
 * Canonical JSON: object keys sorted by UTF-16 code units, no white space, -0 written as 0.
 * Throws a TypeError that names the path of a value JSON cannot say (undefined, NaN, ±Infinity, a function, a Map, …).
 */
export function canonical(value: Json): string {
  return write(value, '$')
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot say`)
    return JSON.stringify(value) // JSON writes -0 as 0
  }
  if (Array.isArray(value)) return `[${Array.from(value, (item, i) => write(item, `${path}[${i}]`)).join(',')}]`
  if (typeof value === 'object' && isPlain(value)) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${write(item, `${path}.${key}`)}`).join(',')}}`
  }
  throw new TypeError(`${path} is ${typeof value === 'object' ? 'not a plain object' : typeof value}, which JSON cannot say`)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** 64 hex digits of the SHA-256 of bytes or of a text's UTF-8. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** 64 hex digits over `tag`, a newline and the canonical text of `value`. */
export function taggedHash(tag: string, value: Json): string {
  return sha256(`${tag}\n${canonical(value)}`)
}
