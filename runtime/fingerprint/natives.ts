/** JavaScript's built-in objects, saved before user code runs: the name of each, and later modifications. */
import { impure, partlyImpure, pure } from './globals.ts'
import type { HiddenState } from './unit.ts'

type Native = { readonly name: string } | { readonly rule: HiddenState; readonly subject: string }

/** The name of a built-in value, or why it may not be captured; undefined for any other value. */
export function native(value: object): Native | undefined {
  names ??= namesOf(before())
  return names.get(value)
}

/** A member of a built-in object that was replaced, added or removed. */
export interface Patch {
  /** `Math.max` */
  readonly name: string
  readonly descriptor: PropertyDescriptor | undefined
  /** It existed before, so the change affects all code in this process. */
  readonly replaced: boolean
  /** Restores the original. */
  readonly undo: () => void
}

/** Members replaced, added or removed since `rememberNatives`. */
export function patches(): Patch[] {
  const found: Patch[] = []
  const compare = (name: string, holder: object, key: string | symbol, before: PropertyDescriptor | undefined) => {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key)
    if (same(before, descriptor)) return
    const undo = () => (before === undefined ? Reflect.deleteProperty(holder, key) : Reflect.defineProperty(holder, key, before))
    found.push({ name, descriptor, replaced: before !== undefined || holder === Object.prototype, undo })
  }
  const { objects, globals } = before()
  for (const { name, object, members, prototype } of objects) {
    for (const key of new Set([...Reflect.ownKeys(members), ...Reflect.ownKeys(object)]))
      if (!ofStacks.has(key))
        compare(`${name}${typeof key === 'symbol' ? `[${String(key)}]` : `.${key}`}`, object, key, memberOf(members, key))
    const value: unknown = Object.getPrototypeOf(object)
    const undo = () => Reflect.setPrototypeOf(object, prototype)
    if (value !== prototype) found.push({ name: `${name}.__proto__`, descriptor: { value }, replaced: true, undo })
  }
  for (const [name, descriptor] of globals) compare(name, globalThis, name, descriptor)
  return found
}

function same(before: PropertyDescriptor | undefined, after: PropertyDescriptor | undefined): boolean {
  if (before === undefined || after === undefined) return before === after
  return Object.is(before.value, after.value) && before.get === after.get && before.set === after.set
}

/** These two configure stack traces, which functions cannot see. */
const ofStacks: ReadonlySet<unknown> = new Set(['prepareStackTrace', 'stackTraceLimit'])

type Members = { readonly [key: string | symbol]: PropertyDescriptor }

interface Described {
  readonly name: string
  readonly object: object
  readonly members: Members
  readonly prototype: object | null
}

interface Snapshot {
  readonly objects: readonly Described[]
  /** Global functions and objects by name. */
  readonly globals: ReadonlyMap<string, PropertyDescriptor>
  readonly process: readonly Described[]
  readonly impure: readonly (readonly [name: string, value: unknown])[]
}

let snapshot: Snapshot | undefined
/** Created on demand: pipelines without user functions never need it. */
let names: ReadonlyMap<unknown, Native> | undefined

function before(): Snapshot {
  snapshot ??= take()
  return snapshot
}

/** Saves JavaScript's built-in objects. Call it before user code runs. */
export function rememberNatives(): void {
  snapshot = take()
  names = undefined
}

/** Globals that are cheap to read. Node loads the others on first access; as values they are instances or foreign functions. */
const atHand = ['globalThis', 'eval', 'Function', 'Intl', 'setTimeout', 'setInterval', 'setImmediate', 'WeakRef', 'FinalizationRegistry']

function take(): Snapshot {
  const globals = new Map<string, PropertyDescriptor>()
  const objects: Described[] = []
  for (const name of pure) {
    const value = read(name)
    if (!isObject(value)) continue
    globals.set(name, Object.getOwnPropertyDescriptor(globalThis, name)!)
    objects.push(described(name, value))
    const { prototype } = value as { readonly prototype?: unknown }
    if (isObject(prototype)) objects.push(described(`${name}.prototype`, prototype))
  }
  for (const [name, object] of intrinsics()) objects.push(described(name, object))
  return {
    objects,
    globals,
    process: [process, Object.getPrototypeOf(process) as object].map((object) => described('process', object)),
    impure: atHand.map((name) => [name, read(name)]),
  }
}

function described(name: string, object: object): Described {
  return { name, object, members: Object.getOwnPropertyDescriptors(object), prototype: Object.getPrototypeOf(object) as object | null }
}

function memberOf(members: Members, key: string | symbol): PropertyDescriptor | undefined {
  return Object.hasOwn(members, key) ? members[key] : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'function' || (typeof value === 'object' && value !== null)
}

function read(global: string): unknown {
  return global === 'Buffer' ? Buffer : Object.getOwnPropertyDescriptor(globalThis, global)?.value
}

/** An object with several names has the first. */
function namesOf({ objects, process: ofProcess, impure: globals }: Snapshot): ReadonlyMap<unknown, Native> {
  const found = new Map<unknown, Native>()
  const add = (value: unknown, what: Native) => {
    if (isObject(value) && !found.has(value)) found.set(value, what)
  }
  const methods = ({ members }: Described) =>
    Reflect.ownKeys(members).flatMap((key) => {
      const value: unknown = members[key]!.value
      return typeof value === 'function' && key !== 'constructor' ? [[String(key), value] as const] : []
    })
  for (const [name, value] of globals) add(value, { rule: impure[name]!, subject: name })
  for (const object of ofProcess) for (const [key, value] of methods(object)) add(value, { rule: 'environment', subject: `process.${key}` })
  add(process, { rule: 'environment', subject: 'process' })
  add(memberOf(ofProcess[0]!.members, 'env')?.value, { rule: 'environment', subject: 'process.env' })
  for (const object of objects) {
    const { name, members } = object
    const rules = partlyImpure[name]
    add(object.object, rules === undefined ? { name } : { rule: 'alias', subject: name })
    // The name itself may refer to a guarded object.
    if (name === 'Date.prototype') add(memberOf(members, 'constructor')?.value, { rule: 'alias', subject: 'Date' })
    for (const [key, value] of methods(object))
      add(value, rules?.[key] === undefined ? { name: `${name}.${key}` } : { rule: rules[key], subject: `${name}.${key}` })
  }
  return found
}

/** Built-in objects without a global name. */
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
