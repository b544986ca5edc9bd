/** Reads values without calling any of their code. */
import { types } from 'node:util'
import { native } from './internal-state.ts'

export type Primitive = string | number | bigint | boolean | null | undefined

export function primitiveForm(value: Primitive): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Whether the path from a captured value ends at data that the method modifies. A computed step may lead to any part of the value. */
export function changedBy(value: unknown, path: readonly (string | null)[], method: string): boolean {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return false
    if (step === null) return true
    at = types.isProxy(at) ? undefined : Object.getOwnPropertyDescriptor(at, step)?.value
  }
  // these two continue from the position of their last match
  if (method === 'test' || method === 'exec') return types.isRegExp(at) && /[gy]/.test(native.flags(at))
  return Array.isArray(at) || ArrayBuffer.isView(at) || types.isMap(at) || types.isSet(at)
}

export function className(prototype: unknown): string {
  const made: unknown = typeof prototype === 'object' && prototype !== null ? ownData(prototype, 'constructor') : undefined
  const name: unknown = typeof made === 'function' && !types.isProxy(made) ? ownData(made, 'name') : undefined
  return typeof name === 'string' && name !== '' ? name : 'an unnamed class'
}

/** Calls no user code. */
export function ownData(holder: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value
}
