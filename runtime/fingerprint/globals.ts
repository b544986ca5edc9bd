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

/** What `RegExp` remembers of the last match anywhere. */
const lastMatch = new Set("$1 $2 $3 $4 $5 $6 $7 $8 $9 $_ $& $+ $` $' input lastMatch lastParen leftContext rightContext".split(' '))

/** TensorFlow's functions that draw, with how many arguments they have before their seed. */
const drawing: { readonly [name: string]: number } = {
  randomNormal: 4,
  randomUniform: 4,
  truncatedNormal: 4,
  randomGamma: 4,
  randomUniformInt: 3,
  dropout: 3,
  randomStandardNormal: 2,
  multinomial: 2,
}

/** A call of a method without the seed that it needs: `tf.randomNormal(shape)`. */
export function unseeded(holder: string | undefined, method: string | undefined, given: number): boolean {
  return holder === 'tf' && method !== undefined && Object.hasOwn(drawing, method) && given <= drawing[method]!
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
  if (name === 'RegExp' && use.as === 'members') {
    const last = use.keys.filter((key) => key === undefined || lastMatch.has(key))
    return last.length > 0 ? { rule: 'global', subject: `RegExp.${last[0] ?? '…'}` } : undefined
  }
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
  return standing().names.get(value)
}

/** A member of JavaScript's own objects that is another than it was, or new, or gone. */
export interface Patch {
  /** `Math.max` */
  readonly name: string
  readonly descriptor: PropertyDescriptor | undefined
  /** It was there before: whatever else runs in this process meets it too. */
  readonly replaced: boolean
  /** Makes it what it was. */
  readonly undo: () => void
}

/** What has been replaced, added or removed since `rememberNatives`. */
export function patches(): Patch[] {
  const found: Patch[] = []
  const compare = (name: string, holder: object, key: string | symbol, before: PropertyDescriptor | undefined) => {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key)
    if (!differs(before, descriptor)) return
    const undo = () => (before === undefined ? Reflect.deleteProperty(holder, key) : Reflect.defineProperty(holder, key, before))
    found.push({ name, descriptor, replaced: before !== undefined || holder === Object.prototype, undo })
  }
  for (const { name, holder, members, prototype } of standing().holders) {
    const keys = Reflect.ownKeys(holder).filter(counts)
    for (const key of members.size === keys.length ? keys : new Set([...members.keys(), ...keys]))
      compare(`${name}${typeof key === 'symbol' ? `[${String(key)}]` : `.${key}`}`, holder, key, members.get(key))
    const value: unknown = Object.getPrototypeOf(holder)
    const undo = () => Reflect.setPrototypeOf(holder, prototype)
    if (value !== prototype) found.push({ name: `${name}.__proto__`, descriptor: { value }, replaced: true, undo })
  }
  for (const [name, before] of standing().globals) compare(name, globalThis, name, before)
  return found
}

function differs(before: PropertyDescriptor | undefined, after: PropertyDescriptor | undefined): boolean {
  if (before === undefined || after === undefined) return before !== after
  return !Object.is(before.value, after.value) || before.get !== after.get || before.set !== after.set
}

/** These two say how the stack of an error looks, which functions are not shown. */
function counts(key: string | symbol): boolean {
  return key !== 'prepareStackTrace' && key !== 'stackTraceLimit'
}

interface Holder {
  readonly name: string
  readonly holder: object
  readonly members: ReadonlyMap<string | symbol, PropertyDescriptor>
  readonly prototype: object | null
}

interface Standing {
  readonly names: ReadonlyMap<object, Native>
  readonly holders: readonly Holder[]
  /** Global functions and objects by name. */
  readonly globals: ReadonlyMap<string, PropertyDescriptor>
}

let remembered: Standing | undefined

function standing(): Standing {
  remembered ??= look()
  return remembered
}

/** Notes JavaScript's own objects as they are: call it before any of the user's code runs. */
export function rememberNatives(): void {
  remembered = look()
}

function look(): Standing {
  const names = new Map<object, Native>()
  const holders: Holder[] = []
  const globals = new Map<string, PropertyDescriptor>()
  const isObject = (value: unknown): value is object => typeof value === 'function' || (typeof value === 'object' && value !== null)
  const add = (value: unknown, what: Native): void => {
    if (isObject(value) && !names.has(value)) names.set(value, what)
  }
  const members = (name: string, holder: object, tell: (key: string) => Native = (key) => ({ name: `${name}.${key}` })): void => {
    const keys = Reflect.ownKeys(holder).filter(counts)
    const descriptors = keys.map((key) => [key, Object.getOwnPropertyDescriptor(holder, key)!] as const)
    for (const [key, { value }] of descriptors) if (typeof value === 'function' && key !== 'constructor') add(value, tell(String(key)))
    holders.push({ name, holder, members: new Map(descriptors), prototype: Object.getPrototypeOf(holder) as object | null })
  }
  const read = (name: string): unknown => (name === 'Buffer' ? Buffer : Object.getOwnPropertyDescriptor(globalThis, name)?.value)
  for (const name of atHand) add(read(name), { rule: impure[name]!, subject: name })
  for (const holder of [process, Object.getPrototypeOf(process) as object])
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(holder)))
      if (typeof value === 'function' && key !== 'constructor') add(value, { rule: 'environment', subject: `process.${key}` })
  add(Date.prototype.constructor, { rule: 'alias', subject: 'Date' }) // the name itself may stand for a guarded one
  add(process, { rule: 'environment', subject: 'process' })
  add(process.env, { rule: 'environment', subject: 'process.env' })
  for (const name of pure) {
    const value = read(name)
    if (!isObject(value)) continue
    globals.set(name, Object.getOwnPropertyDescriptor(globalThis, name)!)
    const parts = partlyImpure[name]
    add(value, parts === undefined ? { name } : { rule: 'alias', subject: name })
    members(name, value, (key) =>
      parts?.[key] === undefined ? { name: `${name}.${key}` } : { rule: parts[key], subject: `${name}.${key}` },
    )
    const { prototype } = value as { readonly prototype?: unknown }
    if (!isObject(prototype)) continue
    add(prototype, { name: `${name}.prototype` })
    members(`${name}.prototype`, prototype)
  }
  for (const [name, value] of intrinsics()) {
    add(value, { name })
    members(name, value)
  }
  return { names, holders, globals }
}

/** Those that no global name leads to. */
function intrinsics(): readonly (readonly [string, object])[] {
  const above = (value: object): object => Object.getPrototypeOf(value) as object
  const kinds = { AsyncFunction: async () => {}, GeneratorFunction: function* () {}, AsyncGeneratorFunction: async function* () {} }
  const iterators = {
    ArrayIterator: [][Symbol.iterator](),
    StringIterator: ''[Symbol.iterator](),
    MapIterator: new Map().values(),
    SetIterator: new Set().values(),
    RegExpStringIterator: ''.matchAll(/a/g),
    IteratorHelper: new Set().values().map(String),
    WrapForValidIterator: Iterator.from({ next: () => ({ done: true, value: undefined }) }),
  }
  return [
    ['Function.prototype', Function.prototype],
    ['%TypedArray%', above(Uint8Array)],
    ['%TypedArray%.prototype', above(Uint8Array.prototype)],
    ...Object.entries(kinds).map(([name, fn]) => [`%${name}%.prototype`, above(fn)] as const),
    ['%Generator%.prototype', above(kinds.GeneratorFunction.prototype as object)],
    ['%AsyncGenerator%.prototype', above(kinds.AsyncGeneratorFunction.prototype as object)],
    ...Object.entries(iterators).map(([name, made]) => [`%${name}%.prototype`, above(made)] as const),
  ]
}
