/** JavaScript's own names: which ones always mean the same, which ones read the world, and how each may be used. */
import type { HiddenState } from './unit.ts'

const pure = new Set(
  `undefined NaN Infinity Math Date JSON Reflect Atomics Object Array Number String Boolean BigInt Symbol Map Set WeakMap WeakSet Promise RegExp
  Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError parseInt parseFloat isNaN isFinite
  encodeURI encodeURIComponent decodeURI decodeURIComponent Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array
  Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array ArrayBuffer SharedArrayBuffer DataView Buffer Iterator
  TextEncoder TextDecoder atob btoa URL URLSearchParams structuredClone console`.split(/\s+/),
)

const impure: { readonly [name: string]: HiddenState } = {
  performance: 'clock',
  process: 'environment',
  navigator: 'machine',
  Intl: 'machine',
  crypto: 'random',
  fetch: 'network',
  WebSocket: 'network',
  EventSource: 'network',
  XMLHttpRequest: 'network',
  globalThis: 'global',
  global: 'global',
  self: 'global',
  window: 'global',
  localStorage: 'global',
  sessionStorage: 'global',
  eval: 'text-as-code',
  Function: 'text-as-code',
  require: 'import',
  module: 'import',
  exports: 'import',
  __filename: 'place',
  __dirname: 'place',
  setTimeout: 'timer',
  setInterval: 'timer',
  setImmediate: 'timer',
  WeakRef: 'memory',
  FinalizationRegistry: 'memory',
}

/** Those that cost nothing to look at. Node loads the others when they are first read; as values they are instances or foreign functions. */
const atHand = ['globalThis', 'eval', 'Function', 'Intl', 'setTimeout', 'setInterval', 'setImmediate', 'WeakRef', 'FinalizationRegistry']

/** Globals of which a part is impure. They may be used in plain sight only: under another name we would lose sight of that part. */
const partlyImpure: { readonly [name: string]: { readonly [member: string]: HiddenState } } = {
  Math: { random: 'random' },
  Date: { now: 'clock' },
}

export type Use =
  | { readonly as: 'value' | 'call' | 'instanceof' }
  | { readonly as: 'new'; readonly arguments: number }
  /** `Math.sqrt`, `const { sqrt } = Math`; a computed key is undefined. */
  | { readonly as: 'members'; readonly keys: readonly (string | undefined)[] }

/** Why a name that no file declares may not be used like this; undefined when it may. */
export function refused(name: string, use: Use): { readonly rule: HiddenState; readonly subject: string } | undefined {
  const rule = Object.hasOwn(impure, name) ? impure[name] : undefined
  if (rule !== undefined) return { rule, subject: name }
  if (!pure.has(name)) return { rule: 'unknown', subject: name }
  const parts = Object.hasOwn(partlyImpure, name) ? partlyImpure[name] : undefined
  if (parts === undefined || use.as === 'instanceof') return undefined
  if (use.as === 'members') {
    for (const key of use.keys) {
      if (key === undefined) return { rule: 'alias', subject: name }
      if (Object.hasOwn(parts, key)) return { rule: parts[key]!, subject: `${name}.${key}` }
    }
    return undefined
  }
  if (name === 'Date' && use.as === 'call') return { rule: 'clock', subject: 'Date()' }
  if (name === 'Date' && use.as === 'new') return use.arguments > 0 ? undefined : { rule: 'clock', subject: 'new Date()' }
  return { rule: 'alias', subject: name }
}

type Native = { readonly name: string } | { readonly rule: HiddenState; readonly subject: string }

/** What a value of JavaScript itself is called, or why it may not be captured; undefined for any other value. */
export function native(value: object): Native | undefined {
  natives ??= index()
  return natives.get(value)
}

let natives: ReadonlyMap<object, Native> | undefined

function index(): ReadonlyMap<object, Native> {
  const found = new Map<object, Native>()
  const add = (value: unknown, what: Native): void => {
    if ((typeof value === 'function' || (typeof value === 'object' && value !== null)) && !found.has(value)) found.set(value, what)
  }
  const members = (holder: object, tell: (key: string) => Native): void => {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(holder)))
      if (typeof value === 'function') add(value, tell(key))
  }
  const read = (name: string): unknown => Object.getOwnPropertyDescriptor(globalThis, name)?.value
  for (const name of atHand) add(read(name), { rule: impure[name]!, subject: name })
  for (let holder: object = process; holder !== Object.prototype; holder = Object.getPrototypeOf(holder) as object)
    members(holder, (key) => ({ rule: 'environment', subject: `process.${key}` }))
  add(process, { rule: 'environment', subject: 'process' })
  add(process.env, { rule: 'environment', subject: 'process.env' })
  for (const name of pure) {
    const value = read(name)
    if ((typeof value !== 'function' && typeof value !== 'object') || value === null) continue
    const parts = partlyImpure[name]
    add(value, parts === undefined ? { name } : { rule: 'alias', subject: name })
    members(value, (key) => (parts?.[key] === undefined ? { name: `${name}.${key}` } : { rule: parts[key], subject: `${name}.${key}` }))
    const { prototype } = value as { readonly prototype?: unknown }
    if (typeof prototype === 'object' && prototype !== null) members(prototype, (key) => ({ name: `${name}.prototype.${key}` }))
  }
  return found
}
