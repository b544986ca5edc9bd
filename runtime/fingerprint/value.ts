/**
 * One text for the current state of a captured value: data and instances in full, with prototypes, private members and accessors; bytes by
 * their SHA-256; functions by their meaning. Values that advance by use, or that cannot be inspected, have no such text.
 */
import { types } from 'node:util'
import type { Bound, Callable } from './callable.ts'
import { className, type Primitive, primitiveForm } from './descriptors.ts'
import { bytesForm, native, opaque, wellKnown } from './internal-state.ts'
import type { NotPlain } from './unit.ts'

/** Text in pieces, with gaps for functions. */
export type Form<F> = readonly (string | F)[]

/** A value, or a part of one, that cannot be captured. `path` leads to it: `.schedule[2]`. */
export class NotPlainData extends Error {
  readonly reason: NotPlain
  readonly path: string

  constructor(reason: NotPlain, path: string) {
    super(reason.kind)
    this.reason = reason
    this.path = path
  }
}

export interface Reader<F> {
  /** The meaning of a function. */
  readonly ofFunction: (fn: Callable, path: string) => F | string
  readonly bound: (fn: Callable) => Bound | undefined
  /** The name of a built-in object (`JSON`); throws for impure objects. */
  readonly nameOf: (value: object) => string | undefined
  /** The class whose instances have this prototype. */
  readonly classOf: (prototype: object, path: string) => F | string | undefined
  /** Private data members. */
  readonly privates: (value: object) => readonly (readonly [name: string, value: unknown])[]
  /** Own property names other than indices. */
  readonly namedProperties: (value: object) => readonly string[]
}

/** Limit for accidental captures; this many values take a second to read. Bytes count as one. */
const mostPieces = 1_000_000
const deepest = 200

/** The objects in a form, in order of first occurrence. */
export const objectsIn = new WeakMap<Form<unknown>, readonly object[]>()

/** @param trail receives the path of every piece */
export function formOf<F>(value: unknown, reader: Reader<F>, trail?: string[]): Form<F> {
  const objects: object[] = []
  const form: (string | F)[] = []
  const way: string[] = []
  /** By object, in order of first occurrence: a repeated object is written as its number. */
  const numbers = new Map<unknown, number>()
  let before = ''
  write(value)
  if (before !== '') put('')
  objectsIn.set(form, objects)
  return form

  function path(): string {
    return way.join('')
  }

  function refuse(reason: NotPlain): never {
    throw new NotPlainData(reason, path())
  }

  function put(piece: string | F): void {
    const joined = typeof piece === 'string' ? before + piece : piece
    if (typeof piece !== 'string' && before !== '') add(before)
    add(joined)
    before = ''
  }

  function add(piece: string | F): void {
    if (form.push(piece) > mostPieces) refuse({ kind: 'huge' })
    trail?.push(path())
  }

  function at(step: string, value: unknown): void {
    if (way.push(step) > deepest) refuse({ kind: 'deep' })
    write(value)
    way.pop()
  }

  function write(value: unknown): void {
    if (typeof value === 'symbol') put(symbolForm(value))
    else if (typeof value === 'function') writeFunction(value as Callable)
    else if (typeof value !== 'object' || value === null) {
      if (typeof value === 'string' && /\n {4}at .+:\d+:\d+/.test(value)) refuse({ kind: 'stack' })
      put(primitiveForm(value as Primitive))
    } else writeObject(value)
  }

  function writeFunction(fn: Callable): void {
    const bound = reader.bound(fn)
    if (bound === undefined) put(reader.ofFunction(fn, path()))
    else if (firstSight(fn)) {
      put('bound(')
      at('', bound.target)
      for (const part of [bound.self, bound.given]) {
        before += ','
        at('', part)
      }
      members(fn, 'length', 'name')
      before += ')'
    }
  }

  function symbolForm(symbol: symbol): string {
    const known = wellKnown.get(symbol) ?? Symbol.keyFor(symbol)
    if (known !== undefined) return `symbol(${JSON.stringify(known)})`
    if (!numbers.has(symbol)) numbers.set(symbol, numbers.size)
    return `symbol(${numbers.get(symbol)},${JSON.stringify(symbol.description)})`
  }

  function firstSight(value: object): boolean {
    const number = numbers.get(value)
    if (number === undefined) {
      numbers.set(value, numbers.size)
      objects.push(value)
    } else put(`&${number}`)
    return number === undefined
  }

  function writeObject(value: object): void {
    if (types.isProxy(value)) refuse({ kind: 'proxy' })
    const name = reader.nameOf(value)
    if (name !== undefined) put(name)
    else if (firstSight(value)) {
      if (types.isModuleNamespaceObject(value)) {
        before += 'module'
        exportsOf(value)
        return
      }
      if (!Object.isExtensible(value)) before += '!'
      inside(value)
      for (const [i, [name, item]] of reader.privates(value).entries()) {
        before += `#${i}:`
        at(`.${name}`, item)
      }
    }
  }

  function exportsOf(namespace: object): void {
    for (const [i, key] of Object.keys(namespace).entries()) {
      let item: unknown
      try {
        item = Reflect.get(namespace, key)
      } catch {
        way.push(`.${key}`)
        refuse({ kind: 'unset' }) // its file has not been evaluated that far
      }
      before += `${i > 0 ? ',' : ' '}${JSON.stringify(key)}:`
      at(`.${key}`, item)
    }
  }

  /** The kind of object by its internal state, then its prototype if it is not the default, then its members. */
  function inside(value: object): void {
    const prototype: unknown = Object.getPrototypeOf(value)
    const bytes = bytesForm(value)
    if (Array.isArray(value)) {
      prototypeOf(value, prototype, Array.prototype)
      list(value)
    } else if (bytes !== undefined) {
      put(bytes.text)
      prototypeOf(value, prototype, bytes.usual)
      each(value, [...reader.namedProperties(value), ...Object.getOwnPropertySymbols(value)])
    } else if (types.isMap(value)) {
      before += 'Map['
      for (const [i, [key, item]] of native.entries(value).entries()) {
        if (i > 0) before += ','
        at('.keys()', key)
        before += ':'
        at(typeof key === 'object' || typeof key === 'function' ? '.get(…)' : `.get(${primitiveName(key)})`, item)
      }
      before += ']'
      prototypeOf(value, prototype, Map.prototype)
      members(value)
    } else if (types.isSet(value)) {
      before += 'Set['
      for (const [i, item] of native.values(value).entries()) {
        if (i > 0) before += ','
        at('.values()', item)
      }
      before += ']'
      prototypeOf(value, prototype, Set.prototype)
      members(value)
    } else if (types.isDate(value)) {
      put(`Date(${native.time(value)})`)
      prototypeOf(value, prototype, Date.prototype)
      members(value)
    } else if (types.isRegExp(value)) {
      put(`RegExp(${JSON.stringify(native.source(value))},${native.flags(value)},${String(value.lastIndex)})`)
      prototypeOf(value, prototype, RegExp.prototype)
      members(value, 'lastIndex')
    } else if (types.isBoxedPrimitive(value)) {
      before += 'boxed '
      const primitive = native.unboxed(value)
      at('', primitive)
      prototypeOf(value, prototype, Object.getPrototypeOf(Object(primitive)))
      each(value, Reflect.ownKeys(value).slice(typeof primitive === 'string' ? primitive.length + 1 : 0))
    } else if (types.isNativeError(value)) {
      before += 'error'
      prototypeOf(value, prototype, undefined)
      members(value, 'stack')
    } else {
      if (types.isGeneratorObject(value) || types.isMapIterator(value) || types.isSetIterator(value)) refuse({ kind: 'iterator' })
      if (opaque(value)) refuse({ kind: 'instance', of: className(prototype) })
      prototypeOf(value, prototype, Object.prototype)
      if (types.isArgumentsObject(value)) before += 'arguments'
      members(value, types.isArgumentsObject(value) ? 'callee' : undefined)
    }
  }

  /** Empty for the default. */
  function prototypeOf(value: object, prototype: unknown, usual: object | undefined): void {
    if (prototype === usual) return
    before += '<'
    if (prototype === null) before += 'null'
    else {
      const above = prototype as object // neither null nor a primitive
      const name = types.isProxy(above) ? refuse({ kind: 'proxy' }) : reader.nameOf(above)
      if (usual === Object.prototype && name !== undefined) standing(value, name)
      const known = name ?? reader.classOf(above, path())
      if (known !== undefined) put(known)
      else at('.__proto__', above)
      if (name === undefined && usual === Object.prototype) inherited(above)
    }
    before += '>'
  }

  /** Built-in objects without hidden state. */
  function standing(value: object, name: string): void {
    if (name === 'URL.prototype') before += JSON.stringify(native.href(value))
    else if (name === 'URLSearchParams.prototype') before += JSON.stringify(native.query(value))
    else if (/^%.*(Iterator|Generator)/.test(name)) refuse({ kind: 'iterator' })
    else if (!/^(Object|TextEncoder|\w*Error)\.prototype$/.test(name)) refuse({ kind: 'instance', of: name.replace(/\.prototype$/, '') })
  }

  /** It inherits from a built-in class with other internal state. */
  function inherited(prototype: object): void {
    let last: object | null = prototype
    while (last !== null && reader.nameOf(last) === undefined) last = Object.getPrototypeOf(last) as object | null
    const name = last === null ? 'Object.prototype' : reader.nameOf(last)!
    if (!/^(Object|Iterator|Function|\w*Error)\.prototype$/.test(name)) refuse({ kind: 'instance', of: className(prototype) })
  }

  function list(value: readonly unknown[]): void {
    const keys = Reflect.ownKeys(value)
    if (keys.length !== value.length + 1) before += `(${value.length})`
    before += '['
    each(value, keys.length === value.length + 1 && keys.at(-1) === 'length' ? keys.length - 1 : keys.filter((key) => key !== 'length'))
    before += ']'
  }

  function members(value: object, ...except: readonly (string | undefined)[]): void {
    before += '{'
    each(
      value,
      Reflect.ownKeys(value).filter((key) => typeof key === 'symbol' || !except.includes(key)),
    )
    before += '}'
  }

  /** @param keys the keys, or the number of elements of a list without gaps */
  function each(value: object, keys: readonly (string | symbol)[] | number): void {
    const count = typeof keys === 'number' ? keys : keys.length
    for (let i = 0; i < count; i++) {
      const key = typeof keys === 'number' ? String(i) : keys[i]!
      const descriptor = Object.getOwnPropertyDescriptor(value, key)!
      const { enumerable, writable, configurable } = descriptor
      const flags = `${enumerable ? '' : '-e'}${writable === false ? '-w' : ''}${configurable ? '' : '-c'}`
      const name = typeof keys === 'number' ? '' : typeof key === 'symbol' ? symbolForm(key) : JSON.stringify(key)
      before += `${i > 0 ? ',' : ''}${name}${flags}${name === '' && flags === '' ? '' : ':'}`
      const step = stepOf(key, Array.isArray(value))
      if ('value' in descriptor) at(step, descriptor.value)
      else
        for (const kind of ['get', 'set'] as const)
          if (descriptor[kind] !== undefined) {
            before += kind
            at(step, descriptor[kind])
          }
    }
  }
}

function stepOf(key: string | symbol, inList: boolean): string {
  if (typeof key === 'symbol') return `[${String(key)}]`
  if (inList && /^\d+$/.test(key)) return `[${key}]`
  return /^[\w$]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function primitiveName(key: unknown): string {
  return typeof key === 'symbol' ? String(key) : primitiveForm(key as Primitive)
}
