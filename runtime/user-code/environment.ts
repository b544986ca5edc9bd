/**
 * The environment of user code, in every thread and process that runs some: a fixed time zone and locale, zeroed memory. Access to
 * clocks, random numbers and the machine is controlled, depending on whether user code (directly or through a package) is on the stack.
 */
import { syncBuiltinESMExports } from 'node:module'
import { getCallSites } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { PipelineProblem } from '../../dsl/check/problem.ts'
import { patches, rememberNatives } from '../fingerprint/natives.ts'
import { workInUtc } from '../format/time-zone.ts'
import { isUserCode, placeOf } from './user-code.ts'

/** A nondeterministic value read by user code. */
export interface Draw {
  /** `Math.random()` */
  readonly subject: string
  /** `file:line:column` */
  readonly at: string
  /** The value that was returned. */
  value?: unknown
}

/** `open`: everything is allowed; `noted`: allowed and recorded; `moved`: clocks are shifted; `closed`: throws. */
type Mode = 'open' | 'noted' | 'moved' | 'closed'

let fixed = false
let mode: Mode = 'open'
let draws: Draw[] = []
let refused: PipelineProblem | undefined
/** The original Error.prepareStackTrace. */
let stacks: PropertyDescriptor | undefined

/** Call in a thread before loading any user code. */
export function fixEnvironment(): void {
  if (fixed) return
  fixed = true
  if (isMainThread) workInUtc()
  fixLocale()
  nameZone()
  Buffer.allocUnsafe = Buffer.allocUnsafeSlow = (size) => Buffer.alloc(size)
  Buffer.poolSize = 0
  watchClocks()
  watchMachine()
  syncBuiltinESMExports()
  rememberNatives()
}

/** Runs `load` and records the nondeterministic values that user code reads. */
export async function notingDraws<T>(load: () => Promise<T>): Promise<{ readonly result: T; readonly draws: readonly Draw[] }> {
  draws = []
  const result = await inMode('noted', load)
  return { result, draws }
}

/** Runs `load` with shifted clocks. */
export function atAnotherTime<T>(load: () => Promise<T>): Promise<T> {
  return inMode('moved', load)
}

async function inMode<T>(during: Mode, act: () => Promise<T>): Promise<T> {
  mode = during
  try {
    return await act()
  } finally {
    mode = 'open'
  }
}

/** From now on, user code that reads a nondeterministic value throws. */
export function closeEnvironment(): void {
  if (mode === 'closed') return
  mode = 'closed'
  refused = undefined
  stacks = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  Error.prepareStackTrace = stackAsText
}

/** Undoes modifications of built-in objects by user code. */
export function restoreNatives(): void {
  for (const { undo } of patches()) undo()
}

/** @returns the first access that was refused since `closeEnvironment`, even if user code caught the error */
export function openEnvironment(): PipelineProblem | undefined {
  if (mode !== 'closed') return undefined
  mode = 'open'
  if (stacks === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace')
  else Object.defineProperty(Error, 'prepareStackTrace', stacks)
  return refused
}

/** User functions must not depend on file locations, so stacks that they read have no frames; error reports do have them. */
function stackAsText(error: Error, frames: readonly NodeJS.CallSite[]): string {
  return userFrame() === undefined ? [String(error), ...frames.map((frame) => `    at ${String(frame)}`)].join('\n') : String(error)
}

function userFrame(): string | undefined {
  const frame = getCallSites(200).find(({ scriptName }) => isUserCode(scriptName))
  return frame && `${placeOf(frame.scriptName)}:${frame.lineNumber}:${frame.columnNumber}`
}

/**
 * Calls `tell` unless the current mode forbids it.
 * @param always false for values that only depend on the machine, which a file may read while it loads
 */
function asked<T>(subject: string, always: boolean, tell: () => T): T {
  if (mode === 'open' || (mode !== 'closed' && !always)) return tell()
  const at = userFrame()
  if (at === undefined) return tell()
  if (mode !== 'closed') {
    const value = tell()
    draws.push({ subject, at, value })
    return value
  }
  const title = `A function inside a pipeline may not depend on hidden state: it called ${subject}, itself or in a package.`
  const hint = 'Work out what is needed outside the function and capture it; take a seed and draw from it.'
  refused ??= new PipelineProblem({ title, facts: [['at', at]], hint })
  throw new PipelineProblem({ title, facts: [], hint }) // its stack has the location
}

type Functions = { [name: string]: unknown }
const holder = (value: unknown): Functions => value as Functions // an object of functions

interface Watched {
  readonly always?: boolean
  /** Shifts the value in the mode `moved`. */
  readonly moved?: (value: never) => unknown
}

function watch(object: unknown, path: string, names: readonly string[], { always = true, moved }: Watched = {}): void {
  for (const name of names) {
    const original = holder(object)[name]
    if (typeof original !== 'function') continue
    const descriptor = Object.getOwnPropertyDescriptor(object, name)
    const { [name]: watched } = {
      [name](this: unknown, ...given: unknown[]): unknown {
        return asked(`${path}${name}()`, always, () => {
          const value: unknown = Reflect.apply(original, this, given)
          return moved !== undefined && mode === 'moved' ? moved(value as never) : value
        })
      },
    }
    Object.defineProperties(watched, Object.getOwnPropertyDescriptors(original))
    Object.defineProperty(object, name, { ...descriptor, value: watched })
  }
}

/** Milliseconds; over three years. */
const away = 1e11 + 12_345_678

function watchClocks(): void {
  watch(Math, 'Math.', ['random'])
  const { now } = Date
  watch(Date, 'Date.', ['now'], { moved: (time: number) => time + away })
  const elsewhere = () => now() + (mode === 'moved' ? away : 0)
  const watched = new Proxy(Date, {
    construct(date, given: unknown[], target) {
      if (given.length > 0) return Reflect.construct(date, given, target) as Date
      return asked('new Date()', true, () => Reflect.construct(date, [elsewhere()], target) as Date)
    },
    apply() {
      return asked('Date()', true, () => new watched(elsewhere()).toString())
    },
  })
  Object.defineProperty(Date.prototype, 'constructor', { value: watched, writable: true, configurable: true })
  Object.defineProperty(globalThis, 'Date', { value: watched, writable: true, configurable: true })
  watch(Object.getPrototypeOf(performance), 'performance.', ['now'], { moved: (time: number) => time + away })
  const { hrtime } = process
  watch(hrtime, 'process.hrtime.', ['bigint'], { moved: (time: bigint) => time + BigInt(away) })
  watch(process, 'process.', ['hrtime'], { moved: ([seconds, rest]: [number, number]) => [seconds + away, rest] })
  watch(process, 'process.', ['uptime', 'cpuUsage', 'memoryUsage', 'resourceUsage'])
}

function watchMachine(): void {
  for (const name of ['pid', 'ppid'] as const) {
    const value = process[name]
    const get = () => asked(`process.${name}`, true, () => (mode === 'moved' ? value + 1 : value))
    Object.defineProperty(process, name, { get, enumerable: true, configurable: true })
  }
  const crypto = process.getBuiltinModule('node:crypto')
  const random = ['randomBytes', 'pseudoRandomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID', 'generateKeySync']
  watch(crypto, 'crypto.', [...random, 'generateKeyPairSync', 'generatePrimeSync'])
  watch(Object.getPrototypeOf(globalThis.crypto), 'crypto.', ['getRandomValues', 'randomUUID'])
  const os = process.getBuiltinModule('node:os')
  watch(os, 'os.', ['uptime', 'loadavg', 'freemem'])
  watch(os, 'os.', ['hostname', 'cpus', 'totalmem', 'networkInterfaces', 'userInfo', 'homedir', 'tmpdir'], { always: false })
  watch(process, 'process.', ['cwd', 'chdir'], { always: false })
  watch(globalThis, '', ['setTimeout', 'setInterval', 'setImmediate', 'fetch'], { always: false })
}

const locale = 'en-US'

/** Dates print the time zone's name in the machine's language. */
function nameZone(): void {
  for (const name of ['toString', 'toTimeString'] as const) {
    const original = Date.prototype[name]
    const { [name]: named } = {
      [name](this: Date): string {
        return Reflect.apply(original, this, []).replace(/\(.*\)$/, '(Coordinated Universal Time)')
      },
    }
    Object.defineProperty(Date.prototype, name, { value: named, writable: true, configurable: true })
  }
}

/** Makes en-US the default locale of all locale-dependent functions. */
function fixLocale(): void {
  const inLocale = (object: object, names: readonly string[], position = 0) => {
    for (const name of names) {
      const original = holder(object)[name] as (...given: unknown[]) => unknown
      const { [name]: inOne } = {
        [name](this: unknown, ...given: unknown[]): unknown {
          while (given.length < position) given.push(undefined)
          given[position] ??= locale
          return Reflect.apply(original, this, given)
        },
      }
      Object.defineProperty(object, name, { value: inOne, writable: true, configurable: true })
    }
  }
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object
  for (const { prototype } of [Number, BigInt, Array]) inLocale(prototype, ['toLocaleString'])
  inLocale(typedArray, ['toLocaleString'])
  inLocale(Date.prototype, ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'])
  inLocale(String.prototype, ['toLocaleUpperCase', 'toLocaleLowerCase'])
  inLocale(String.prototype, ['localeCompare'], 1)
  for (const name of Object.getOwnPropertyNames(Intl)) {
    const original = holder(Intl)[name]
    if (typeof original !== 'function' || !('supportedLocalesOf' in original)) continue
    const withLocale = ([locales, ...others]: unknown[]) => [locales ?? locale, ...others]
    const inOne: object = new Proxy(original, {
      construct: (made, given, target) => Reflect.construct(made, withLocale(given), target === inOne ? made : target) as object,
      apply: (made, self, given) => Reflect.apply(made, self, withLocale(given)) as unknown,
    })
    Object.defineProperty(Intl, name, { value: inOne, writable: true, configurable: true })
  }
}
