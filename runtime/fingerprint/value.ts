/**
 * One text for one captured value: plain data in full, typed arrays by the SHA-256 of their bytes, functions as what they mean.
 * Anything that can hide state or depend on who made it has no such text.
 */
import { createHash } from 'node:crypto'
import { types } from 'node:util'

/** Text, with the functions in it left open. */
export type Form<F> = readonly (string | F)[]

export type NotPlain =
  | { readonly kind: 'instance'; readonly of: string }
  | { readonly kind: 'symbol' | 'cycle' | 'proxy' | 'accessor' | 'symbol-key' | 'hidden-property' }

/** A value, or a part of one, that is not plain data. `path` leads to it: `.schedule[2]`. */
export class NotPlainData extends Error {
  readonly reason: NotPlain
  readonly path: string

  constructor(reason: NotPlain, path: string) {
    super(reason.kind)
    this.reason = reason
    this.path = path
  }

  /** It may still be known by the expression that made it. */
  get opaque(): boolean {
    return this.reason.kind === 'instance' || this.reason.kind === 'symbol'
  }
}

export interface Reader<F> {
  /** What a function in the data stands for. */
  readonly ofFunction: (fn: Callable, path: string) => F | string
  /** What an object of JavaScript itself is called (`JSON`); throws for those that read the world. */
  readonly ofNative: (value: object, path: string) => string | undefined
  /** Own properties other than indices. */
  readonly namedProperties: (value: object) => readonly string[]
  /** Told of every array and object passed through. */
  readonly seen: (value: object) => void
}

export function formOf<F>(value: unknown, reader: Reader<F>): Form<F> {
  const around: object[] = []
  const form: (string | F)[] = []
  for (const piece of write(value, '')) {
    const last = form.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') form[form.length - 1] = last + piece
    else form.push(piece)
  }
  return form

  function write(value: unknown, path: string): Form<F> {
    if (typeof value === 'function') return [reader.ofFunction(value as Callable, path)]
    if (typeof value === 'symbol') throw new NotPlainData({ kind: 'symbol' }, path)
    if (typeof value !== 'object' || value === null) return [primitiveForm(value as Primitive)]
    if (types.isProxy(value)) throw new NotPlainData({ kind: 'proxy' }, path)
    const native = reader.ofNative(value, path)
    if (native !== undefined) return [native]
    if (around.includes(value)) throw new NotPlainData({ kind: 'cycle' }, path)
    around.push(value)
    const form = writeObject(value, path)
    around.pop()
    return form
  }

  function writeObject(value: object, path: string): Form<F> {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (types.isModuleNamespaceObject(value)) return ['module', ...writeMembers(Object.entries(value), path)]
    const bytes = bytesForm(value, prototype)
    if (bytes !== undefined) {
      if (reader.namedProperties(value).length > 0) throw new NotPlainData({ kind: 'hidden-property' }, path)
      return [bytes]
    }
    if (Array.isArray(value) && prototype === Array.prototype) return writeArray(value, path)
    if (types.isMap(value) && prototype === Map.prototype) return ['Map', ...writeList([...withoutProperties(value, path)].flat(), path)]
    if (types.isSet(value) && prototype === Set.prototype) return ['Set', ...writeList([...withoutProperties(value, path)], path)]
    if (types.isDate(value) && prototype === Date.prototype) return [`Date(${withoutProperties(value, path).getTime()})`]
    if (types.isRegExp(value) && prototype === RegExp.prototype) {
      const { source, flags, lastIndex } = withoutProperties(value, path, 'lastIndex')
      return [`RegExp(${JSON.stringify(source)},${flags},${lastIndex})`]
    }
    if (prototype !== Object.prototype && prototype !== null) throw new NotPlainData({ kind: 'instance', of: className(prototype) }, path)
    reader.seen(value)
    return [prototype === null ? 'null' : '', ...writeMembers(dataMembers(value, path), path)]
  }

  function writeArray(value: readonly unknown[], path: string): Form<F> {
    reader.seen(value)
    const members = dataMembers(value, path, 'length')
    if (members.some(([key]) => !/^\d+$/.test(key))) throw new NotPlainData({ kind: 'hidden-property' }, path)
    return members.length === value.length ? writeList(value, path) : [`sparse(${value.length})`, ...writeMembers(members, path)]
  }

  function writeList(items: readonly unknown[], path: string): Form<F> {
    return ['[', ...items.flatMap((item, i) => [i > 0 ? ',' : '', ...write(item, `${path}[${i}]`)]), ']']
  }

  function writeMembers(members: readonly (readonly [string, unknown])[], path: string): Form<F> {
    const pieces = members.flatMap(([key, item], i) => [
      `${i > 0 ? ',' : ''}${JSON.stringify(key)}:`,
      ...write(item, /^[\w$]+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`),
    ])
    return ['{', ...pieces, '}']
  }
}

type Primitive = string | number | bigint | boolean | null | undefined

export function primitiveForm(value: Primitive): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  return Object.is(value, -0) ? '-0' : String(value)
}

export function listForm(items: readonly string[]): string {
  return `[${items.join(',')}]`
}

export function membersForm(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`
}

/** From here on a change of the captured data throws instead of passing unseen. What holds bytes cannot be frozen. */
export function freeze(values: Iterable<object>): void {
  for (const value of values) Object.freeze(value)
}

/** Does the way from a captured value end at data that the method changes? A computed step may lead to any part of it. */
export function changedBy(value: unknown, path: readonly (string | null)[], method: string): boolean {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return false
    if (step === null) return true
    at = (at as { readonly [step: string]: unknown })[step]
  }
  // these two leave off where they found something, and go on from there the next time
  if (method === 'test' || method === 'exec') return at instanceof RegExp && (at.global || at.sticky)
  return Array.isArray(at) || ArrayBuffer.isView(at) || at instanceof Map || at instanceof Set
}

function dataMembers(value: object, path: string, except?: string): (readonly [string, unknown])[] {
  return Reflect.ownKeys(value).flatMap((key) => {
    if (key === except) return []
    if (typeof key === 'symbol') throw new NotPlainData({ kind: 'symbol-key' }, path)
    const descriptor = Object.getOwnPropertyDescriptor(value, key)!
    if (!('value' in descriptor)) throw new NotPlainData({ kind: 'accessor' }, `${path}.${key}`)
    if (!descriptor.enumerable) throw new NotPlainData({ kind: 'hidden-property' }, `${path}.${key}`)
    return [[key, descriptor.value] as const]
  })
}

function withoutProperties<T extends object>(value: T, path: string, except?: string): T {
  if (Reflect.ownKeys(value).some((key) => key !== except)) throw new NotPlainData({ kind: 'hidden-property' }, path)
  return value
}

const views = new Map<unknown, string>(
  [
    ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array],
    ...[BigInt64Array, BigUint64Array, DataView, ArrayBuffer, SharedArrayBuffer, Buffer],
  ].map((kind) => [kind.prototype, kind.name]),
)
const { Float16Array: half } = globalThis as { Float16Array?: { readonly prototype: object } } // newer than the library types
if (half) views.set(half.prototype, 'Float16Array')

function bytesForm(value: object, prototype: unknown): string | undefined {
  const name = views.get(prototype)
  if (name === undefined || !(ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value))) return undefined
  const bytes = ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value)
  return `${name}(${bytes.length} bytes) sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function className(prototype: unknown): string {
  const made = Object.getOwnPropertyDescriptor(prototype as object, 'constructor')?.value as unknown
  return typeof made === 'function' && made.name !== '' ? made.name : 'an unnamed class'
}

/** A function or a class. */
export type Callable = ((...given: never) => unknown) | (abstract new (...given: never) => unknown)
