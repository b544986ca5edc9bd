import type { Callable } from './callable.ts'
import { ownData } from './descriptors.ts'
import type { Literal, Member } from './unit.ts'

/** Captured unchanged: a value, or a list with the descriptor of an accessor. */
export interface Other {
  /** `prototype.at` */
  readonly key: string
  /** For display, if the key is a number. */
  readonly name?: string
  readonly value: unknown
}

const kinds: ReadonlySet<unknown> = new Set(
  [() => {}, async () => {}, function* () {}, async function* () {}].map((one) => Object.getPrototypeOf(one)),
)

/** Fast path for the usual case: only code. */
export function plainFunction(fn: Callable, literal: Literal): boolean {
  if (literal.class || !kinds.has(Object.getPrototypeOf(fn)) || !Reflect.ownKeys(fn).every((key) => isGiven(fn, key))) return false
  const prototype = ownData(fn, 'prototype')
  if (typeof prototype !== 'object' || prototype === null) return true
  const keys = Reflect.ownKeys(prototype)
  const above: unknown = Object.getPrototypeOf(prototype)
  // a generator's prototype is empty and inherits from all generators
  if (keys.length === 0) return above !== Object.prototype && above !== null && kinds.has(Object.getPrototypeOf(fn))
  return keys.length === 1 && ownData(prototype, 'constructor') === fn && above === Object.prototype
}

/**
 * @param written whether a method is the original function of the class, by the index of its literal; -1 if there is none
 * @param literal undefined for functions with unread code
 */
export function otherThanWritten(fn: Callable, written: (method: Callable, literal: number) => boolean, literal?: Literal): Other[] {
  const others: Other[] = []
  const parent: unknown = Object.getPrototypeOf(fn)
  if (!kinds.has(parent)) others.push({ key: '__proto__', value: parent })
  membersOf(fn, '', true, (key) => isGiven(fn, key))
  const prototype = ownData(fn, 'prototype')
  if (typeof prototype !== 'object' || prototype === null) return others
  const above: unknown = Object.getPrototypeOf(prototype)
  const usual = typeof parent === 'function' && !kinds.has(parent) ? ownData(parent, 'prototype') : Object.prototype
  if (above !== usual && Reflect.ownKeys(prototype).length > 0) others.push({ key: 'prototype.__proto__', value: above })
  membersOf(prototype, 'prototype.', false, (key) => key === 'constructor' && ownData(prototype, key) === fn)
  return others

  function membersOf(holder: object, path: string, isStatic: boolean, given: (key: string | symbol) => boolean): void {
    const members = (literal?.members ?? []).filter((member) => member.static === isStatic)
    const left = new Set(members.flatMap(({ key }) => (key === undefined ? [] : [key])))
    for (const key of Reflect.ownKeys(holder)) {
      if (given(key)) continue
      if (typeof key === 'string') left.delete(key)
      const descriptor = Object.getOwnPropertyDescriptor(holder, key)!
      const place = path + String(key)
      const asWritten = isAsWritten(key, descriptor, members)
      if (asWritten === undefined)
        others.push({ key: place, value: 'value' in descriptor && usually(descriptor) ? descriptor.value : [descriptor] })
      else if (asWritten !== '') others.push({ key: place, value: asWritten })
    }
    for (const key of left) others.push({ key: path + key, value: [] })
  }

  /** Empty for the original method, or the index of a computed one. Undefined if it was replaced. */
  function isAsWritten(key: string | symbol, { value, get, set }: PropertyDescriptor, members: readonly Member[]): string | undefined {
    const parts = Object.entries({ value, get, set }).filter((entry): entry is [Member['kind'], Callable] => typeof entry[1] === 'function')
    if (parts.length === 0) return undefined
    if (literal === undefined) return parts.every(([, part]) => written(part, -1)) ? '' : undefined
    let told = ''
    for (const [kind, part] of parts) {
      const own = members.findLast((member) => member.kind === kind && member.key === key && written(part, member.literal))
      if (own !== undefined) continue
      const computed = members.find((member) => member.kind === kind && member.key === undefined && written(part, member.literal))
      if (computed === undefined) return undefined
      told += `${kind} ${members.indexOf(computed)} `
    }
    return told
  }
}

/** As created by classes and assignments. */
function usually({ writable, configurable }: PropertyDescriptor): boolean {
  return writable === true && configurable === true
}

/** Present on every function. */
function isGiven(fn: Callable, key: string | symbol): boolean {
  if (key !== 'length' && key !== 'name') return key === 'prototype'
  const { value, writable } = Object.getOwnPropertyDescriptor(fn, key)!
  return writable === false && (typeof value === 'string' || typeof value === 'number')
}
