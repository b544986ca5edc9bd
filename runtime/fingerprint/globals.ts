/** JavaScript's global names: which are pure, which depend on hidden state, and how each may be used. */
import type { HiddenState } from './unit.ts'

export const pure = new Set(
  `undefined NaN Infinity Math Date JSON Reflect Atomics Object Array Number String Boolean BigInt Symbol Map Set WeakMap WeakSet Promise RegExp
  Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError parseInt parseFloat isNaN isFinite
  encodeURI encodeURIComponent decodeURI decodeURIComponent Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array
  Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array ArrayBuffer SharedArrayBuffer DataView Buffer Iterator
  TextEncoder TextDecoder atob btoa URL URLSearchParams structuredClone console`.split(/\s+/),
)

export const impure: { readonly [name: string]: HiddenState } = {
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

/** Globals with impure members. They must be used by name: under an alias, the analysis could not see the members used. */
export const partlyImpure: { readonly [name: string]: { readonly [member: string]: HiddenState } } = {
  Math: { random: 'random' },
  Date: { now: 'clock' },
}

/** The state that `RegExp` keeps of the last match. */
const lastMatch = new Set("$1 $2 $3 $4 $5 $6 $7 $8 $9 $_ $& $+ $` $' input lastMatch lastParen leftContext rightContext".split(' '))

/** TensorFlow's random functions, with the number of arguments before their seed. */
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

/** A call to a random function without its seed: `tf.randomNormal(shape)`. */
export function unseeded(holder: string | undefined, method: string | undefined, given: number): boolean {
  return holder === 'tf' && method !== undefined && Object.hasOwn(drawing, method) && given <= drawing[method]!
}

export type Use =
  | { readonly as: 'value' | 'call' | 'instanceof' }
  | { readonly as: 'new'; readonly arguments: number }
  /** `Math.sqrt`, `const { sqrt } = Math`; a computed key is undefined. */
  | { readonly as: 'members'; readonly keys: readonly (string | undefined)[] }

/** Why an undeclared name may not be used in this way; undefined if it may. */
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
