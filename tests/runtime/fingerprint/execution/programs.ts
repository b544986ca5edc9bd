/** Random programs whose functions have captured state of every kind, set while the files load by whoever may, and read in calls. */
import fc from 'fast-check'
import type { Files } from '../project.ts'

/** One piece of state that can be captured. Every text has `$` for its name; `K` is a number. */
interface Kind {
  readonly declares: string
  /** An expression for a number. */
  readonly reads: string
  /** Statements that make it `K`, in several ways. */
  readonly sets: readonly string[]
  /** An expression for a number after which the state is another; absent where there is none. */
  readonly advances?: string
}

const kinds: { readonly [name: string]: Kind } = {
  field: {
    declares: 'class $C { k = K; at(x) { return x * this.k } next() { return this.k++ } set(k) { this.k = k } }\nexport const $ = new $C()',
    reads: '$.at(x)',
    sets: [
      '$.k = K',
      '$.set(K)',
      'Object.assign($, { k: K })',
      'Reflect.set($, "k", K)',
      "Object.defineProperty($, 'k', { get: () => K, set() {}, configurable: true })",
    ],
    advances: '$.next()',
  },
  privateField: {
    declares:
      'class $C { #k = K; get k() { return this.#k } set(k) { this.#k = k } next() { return this.#k++ } }\nexport const $ = new $C()',
    reads: '$.k',
    sets: ['$.set(K)', '$.set.call($, K)', 'for (let i = 0; i < 2; i++) $.set(K + i - 1)'],
    advances: '$.next()',
  },
  inherited: {
    declares:
      'class $B { #k = K; at() { return this.#k } set(k) { this.#k = k } }\nclass $C extends $B { at() { return super.at() + 1 } }\nexport const $ = new $C()',
    reads: '$.at()',
    sets: [
      '$.set(K)',
      '$.at = () => K',
      'Object.getPrototypeOf($).at = () => K',
      'Object.getPrototypeOf(Object.getPrototypeOf($)).at = () => K',
    ],
  },
  staticField: {
    declares:
      'export class $ { static k = K; static #own = K; static at() { return $.k + $.#own } static set(k) { $.#own = k } static next() { return $.#own++ } }',
    reads: '$.at()',
    sets: ['$.k = K', '$.set(K)', '$.at = () => K'],
    advances: '$.next()',
  },
  getter: {
    declares: 'class $C { get k() { return K } }\nexport const $ = new $C()',
    reads: '$.k',
    sets: [
      "Object.defineProperty(Object.getPrototypeOf($), 'k', { get: () => K, configurable: true })",
      "Object.defineProperty($, 'k', { value: K, configurable: true })",
    ],
  },
  madeClass: {
    declares: 'const $make = (k) => class { static s = 1; at(x) { return x * k } }\nexport const $ = [$make(K)]',
    reads: 'new $[0]().at(x)',
    sets: [
      '$[0].prototype.at = (x) => x * K',
      '$[0] = class { at(x) { return x * K } }',
      '$[0] = $make(K)',
      '$[0].prototype.at = $make(K).prototype.at',
    ].filter((one) => !one.includes('$make')),
  },
  map: {
    declares: "export const $ = new Map([['k', K]])",
    reads: "$.get('k')",
    sets: ["$.set('k', K)", "$.clear(); $.set('k', K)", "$.delete('k'); $.set('z', 1); $.set('k', K)"],
    advances: "advance($, (m) => m.set('k', m.get('k') + 1).get('k'))",
  },
  nestedMap: {
    declares: 'class $C { k = K }\nexport const $ = new Map([[1, { inner: new $C() }]])',
    reads: '$.get(1).inner.k',
    sets: ['$.get(1).inner.k = K', '$.get(1).inner = { k: K }', '$.set(1, { inner: { k: K } })'],
    advances: 'advance($, (m) => m.get(1).inner.k++)',
  },
  set: {
    declares: 'export const $ = new Set([K])',
    reads: '[...$].reduce((a, b) => a * 3 + b, 0)',
    sets: ['$.add(K)', '$.clear(); $.add(K)', '$.delete(K); $.add(K)'],
    advances: 'advance($, (s) => s.add(s.size + 100).size)',
  },
  bytes: {
    declares: 'export const $ = new Uint16Array([K, 5])',
    reads: '$[0] + $[1]',
    sets: ['$[0] = K', '$.fill(K)', 'new DataView($.buffer).setUint16(2, K)', '$.reverse()'],
    advances: 'advance($, (b) => b[0]++)',
  },
  part: {
    declares: 'const $whole = new Uint8Array([1, K, 3, 4])\nexport const $ = $whole.subarray(2)',
    reads: 'new Uint8Array($.buffer).reduce((a, b) => a + b)',
    sets: ['new Uint8Array($.buffer)[1] = K', '$[0] = K'],
  },
  bound: {
    declares: 'export const $o = { k: K }\nexport const $ = ((o, k, x) => x * o.k + k).bind(null, $o, K)',
    reads: '$(x)',
    sets: ['$o.k = K'],
    advances: 'advance($o, (o) => o.k++)',
  },
  closure: {
    declares: 'const $make = (o) => ({ at: (x) => x * o.k, set: (k) => { Object.assign(o, { k }) } })\nexport const $ = $make({ k: K })',
    reads: '$.at(x)',
    sets: ['$.set(K)', '$.at = (x) => x + K'],
    advances: 'advance($, (o) => { const k = o.at(1); o.set(k + 1); return k })',
  },
  functionProperty: {
    declares: 'export const $ = Object.assign((x) => x, { k: K })',
    reads: '$(x) * $.k',
    sets: ['$.k = K', '$.toString = () => K', 'Object.setPrototypeOf($, Object.assign(() => {}, { k: K })); delete $.k'],
    advances: 'advance($, (f) => f.k++)',
  },
  constructorFunction: {
    declares: 'export function $(k) { this.k = k }\n$.prototype.at = function () { return this.k * K }',
    reads: 'new $(x).at()',
    sets: ['$.prototype.at = () => K', '$.prototype = { at: () => K }'],
  },
  list: {
    declares: 'export const $ = [K, [2, { k: K }]]',
    reads: '$[0] + $[1][1].k + $.length',
    sets: ['$[0] = K', '$[1][1].k = K', '$.push(K)', '$.length = 2', '$[1] = [K, { k: K }]'],
    advances: 'advance($, (l) => l.push(1))',
  },
  same: {
    declares: 'const $part = { k: 1 }\nexport const $ = { a: $part, b: { k: 1 } }',
    reads: '($.a === $.b ? K : 3)',
    sets: ['$.b = $.a', '$.a = { k: 1 }'],
  },
  alias: {
    declares: 'export const $ = { k: K }\nexport const $x = [$, { k: K }]',
    reads: '($x[0] === $ ? 1 : 2) + ($x[1] === $ ? 3 : 4)',
    sets: ['$x[0] = { k: $.k }', '$x[1] = $', '$x[0] = $x[1]'],
  },
  symbolKey: {
    declares: "const $key = Symbol('k')\nexport const $ = { [$key]: K, [Symbol.toPrimitive]: () => K }",
    reads: '+$ + $[Object.getOwnPropertySymbols($)[0]]',
    sets: ['$[Symbol.toPrimitive] = () => K', '$[Object.getOwnPropertySymbols($)[0]] = K'],
  },
  frozen: {
    declares: 'export const $ = { k: K }',
    reads: '(Object.isFrozen($) ? 1 : 2) * $.k',
    sets: ['Object.freeze($)', 'Object.isFrozen($) || ($.k = K)', 'Object.preventExtensions($)'],
  },
  order: {
    declares: 'export const $ = { a: 1, b: K }',
    reads: "Object.keys($).join('').length * Object.values($).reduce((a, b) => a * 7 + b, 0)",
    sets: ['delete $.a; $.a = 1', '$.b = K', "Object.defineProperty($, 'a', { enumerable: false })"],
  },
  regExp: {
    declares: 'export const $ = /a/g',
    reads: "('aaaaaaaaaaaaaaaaaaaaaaaaa'.match(new RegExp($.source)).length + $.lastIndex)",
    sets: ['$.lastIndex = K'],
    advances: "advance($, (r) => (r.test('aaaaa') ? r.lastIndex : 0))",
  },
  day: {
    declares: 'export const $ = new Date(K)',
    reads: '$.getTime()',
    sets: ['$.setTime(K)'],
    advances: 'advance($, (d) => d.setTime(d.getTime() + 1))',
  },
  language: {
    declares: 'export const $ = 1',
    reads: '(Math.zz$?.(x) ?? 0)',
    sets: ['Math.zz$ = (x) => x * K', 'Math.zz$ = ((k) => (x) => x + k)(K)'],
  },
  letter: { declares: 'export let $ = K', reads: '$', sets: [] },
  generator: {
    declares: 'export const $ = (function* () { for (let i = K; ; i++) yield i })()',
    reads: '1',
    sets: [],
    advances: '$.next().value',
  },
}

const names = Object.keys(kinds)

interface Setting {
  readonly way: number
  readonly value: number
  /** By a statement of the same file, by a function called, by another file. */
  readonly by: 'statement' | 'function' | 'file'
}

interface State {
  readonly kind: string
  readonly first: number
  readonly settings: readonly Setting[]
  readonly inOtherFile: boolean
}

/** What a function does with one of the states. */
interface Use {
  readonly state: number
  readonly advances: boolean
}

export interface Program {
  readonly states: readonly State[]
  readonly a: readonly Use[]
  readonly b: readonly Use[]
}

const number = fc.integer({ min: 1, max: 4 })
const uses = fc.array(fc.record({ state: fc.nat({ max: 3 }), advances: fc.integer({ max: 5, min: 0 }).map((n) => n === 0) }), {
  minLength: 1,
  maxLength: 3,
})

export const programs: fc.Arbitrary<Program> = fc.record({
  states: fc.array(
    fc.record({
      kind: fc.constantFrom(...names),
      first: number,
      settings: fc.array(
        fc.record({ way: fc.nat({ max: 5 }), value: number, by: fc.constantFrom<Setting['by']>('statement', 'function', 'file') }),
        { maxLength: 3 },
      ),
      inOtherFile: fc.boolean(),
    }),
    { minLength: 4, maxLength: 4 },
  ),
  a: uses,
  b: uses,
})

/** The same program but for one number, or one way to set something: it may mean the same or not. */
export function edited(program: Program, at: number): Program {
  const states = program.states.map((state, i) => {
    if (i !== at % program.states.length) return state
    const choice = Math.floor(at / program.states.length)
    if (state.settings.length === 0 || choice % 3 === 0) return { ...state, first: (state.first % 4) + 1 }
    const last = state.settings.length - 1
    const changed = state.settings.map((one, k) => (k !== choice % state.settings.length ? one : { ...one, value: (one.value % 4) + 1 }))
    return choice % 3 === 1
      ? { ...state, settings: changed }
      : { ...state, settings: [...state.settings.slice(0, last), { ...state.settings[last]!, by: 'function' as const }] }
  })
  return { ...program, states }
}

/** It exports `a` and `b`, functions of a number. */
export function written({ states, a, b }: Program): Files {
  const fill = (text: string, name: string, value: number) => text.replaceAll('$', name).replaceAll('K', String(value))
  const texts = { 'main.ts': [] as string[], 'lib.ts': [] as string[] }
  const later: string[] = []
  for (const [i, { kind, first, settings, inOtherFile }] of states.entries()) {
    const file = inOtherFile ? 'lib.ts' : 'main.ts'
    const { declares, sets } = kinds[kind]!
    texts[file].push(fill(declares, `s${i}`, first))
    for (const [k, { way, value, by }] of settings.entries()) {
      if (sets.length === 0) continue
      const statement = fill(sets[way % sets.length]!, `s${i}`, value)
      if (by === 'statement') texts[file].push(statement)
      else if (by === 'function') texts[file].push(`const set${i}_${k} = () => { ${statement} }\nset${i}_${k}()`)
      else later.push(statement)
    }
  }
  const exported = (file: 'main.ts' | 'lib.ts') => [
    ...new Set([...texts[file].join('\n').matchAll(/export (?:const|let|class|function) (\w+)/g)].map(([, name]) => name!)),
  ]
  const imports = (file: 'main.ts' | 'lib.ts') => `import { ${exported(file).join(', ')} } from './${file}'\n`
  const body = (used: readonly Use[]) =>
    used
      .map(({ state, advances }) => {
        const { reads, advances: next } = kinds[states[state]!.kind]!
        return fill(advances && next !== undefined ? next : reads, `s${state}`, states[state]!.first)
      })
      .join(' + 31 * ')
  return {
    'lib.ts': texts['lib.ts'].join('\n'),
    // It goes on when main.ts has been run, as a file that imports a pipeline's helpers and sets them up does.
    'setup.ts': `${imports('lib.ts')}${imports('main.ts')}${later.join('\n')}\nexport const ready = true`,
    'main.ts': `${imports('lib.ts')}${texts['main.ts'].join('\n')}
const advance = (value, step) => step(value)
export const a = (x) => ${body(a)}
export const b = (x) => ${body(b)}`,
    'entry.ts': "import { a, b } from './main.ts'\nimport './setup.ts'\nexport { a, b }",
  }
}
