/** Internal state of JavaScript's built-in objects that is not in their members: dates, maps, bytes and similar. */
import { createHash } from 'node:crypto'
import { types } from 'node:util'

/** JavaScript's well-known symbols by name. */
export const wellKnown = new Map(
  Reflect.ownKeys(Symbol).flatMap((key): [symbol, string][] => {
    const value: unknown = Reflect.get(Symbol, key)
    return typeof value === 'symbol' ? [[value, `Symbol.${String(key)}`]] : []
  }),
)

/** Functions that read built-in objects, saved before user code can replace them. */
export const native = (() => {
  const uncurried = <G extends readonly unknown[], T>(fn: unknown) =>
    Function.prototype.call.bind(fn as () => T) as unknown as (self: unknown, ...given: G) => T
  const getter = <T>(holder: object, name: string) => uncurried<[], T>(Object.getOwnPropertyDescriptor(holder, name)!.get)
  const [eachOfMap, eachOfSet] = [Map.prototype.forEach, Set.prototype.forEach].map((fn) =>
    uncurried<[(value: unknown, key: unknown) => void], void>(fn),
  ) as [(self: unknown, tell: (value: unknown, key: unknown) => void) => void, (self: unknown, tell: (value: unknown) => void) => void]
  const unboxing = [Number, String, Boolean, Symbol, BigInt].map(({ prototype }) => uncurried<[], unknown>(prototype.valueOf))
  return {
    entries: (map: unknown): (readonly [key: unknown, value: unknown])[] => {
      const found: (readonly [unknown, unknown])[] = []
      eachOfMap(map, (value, key) => found.push([key, value]))
      return found
    },
    values: (set: unknown): unknown[] => {
      const found: unknown[] = []
      eachOfSet(set, (value) => found.push(value))
      return found
    },
    time: uncurried<[], number>(Date.prototype.getTime),
    source: getter<string>(RegExp.prototype, 'source'),
    flags: (() => {
      const flags = Object.entries({
        hasIndices: 'd',
        global: 'g',
        ignoreCase: 'i',
        multiline: 'm',
        dotAll: 's',
        unicode: 'u',
        unicodeSets: 'v',
        sticky: 'y',
      }).map(([name, flag]) => [getter<boolean>(RegExp.prototype, name), flag] as const)
      return (value: unknown): string => flags.map(([get, flag]) => (get(value) ? flag : '')).join('')
    })(),
    href: getter<string>(URL.prototype, 'href'),
    query: uncurried<[], string>(URLSearchParams.prototype.toString),
    kindOfView: getter<string | undefined>(Object.getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag as unknown as string),
    unboxed: (value: unknown): unknown => {
      for (const unbox of unboxing)
        try {
          return unbox(value)
        } catch {
          // It has another type.
        }
      return undefined
    },
  }
})()

/** @returns the text, and the default prototype */
export function bytesForm(value: object): { readonly text: string; readonly usual: object } | undefined {
  if (types.isAnyArrayBuffer(value)) {
    const shared = types.isSharedArrayBuffer(value)
    const grows = value as { readonly resizable?: boolean; readonly growable?: boolean; readonly maxByteLength?: number } // newer than the library types
    const most = grows.resizable || grows.growable ? ` of ${grows.maxByteLength}` : ''
    const text = `${shared ? 'Shared' : ''}ArrayBuffer(${value.byteLength} bytes${most}) ${sha256(new Uint8Array(value))}`
    return { text, usual: (shared ? SharedArrayBuffer : ArrayBuffer).prototype }
  }
  if (!ArrayBuffer.isView(value)) return undefined
  const { buffer, byteOffset, byteLength } = value
  const kind = native.kindOfView(value) ?? 'DataView'
  // Node allocates small buffers in a hidden larger one; other views expose their whole buffer.
  const whole = byteLength === buffer.byteLength || Object.getPrototypeOf(value) === Buffer.prototype
  const rest = whole ? '' : ` at ${byteOffset} of ${sha256(new Uint8Array(buffer))}`
  const { prototype } = (globalThis as unknown as { readonly [kind: string]: { readonly prototype: object } })[kind]! // JavaScript has named it
  return { text: `${kind}(${byteLength} bytes) ${sha256(new Uint8Array(buffer, byteOffset, byteLength))}${rest}`, usual: prototype }
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Their content cannot be enumerated. */
export function opaque(value: object): boolean {
  return types.isPromise(value) || types.isWeakMap(value) || types.isWeakSet(value) || types.isExternal(value)
}
