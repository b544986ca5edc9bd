import { describe, expect, test } from 'vitest'
import { type Files, hashOf, load, loadMain } from './project.ts'

/** The program with 1 and with 2 in the place of `K`. */
const both = async (main: string, others: Files = {}): Promise<readonly [string, string]> => {
  const hashes: string[] = []
  for (const k of ['1', '2']) {
    const files = Object.entries({ 'main.ts': main, ...others }).map(([path, text]) => [path, text.replaceAll('K', k)] as const)
    hashes.push(hashOf(await load(Object.fromEntries(files))))
  }
  return hashes as [string, string]
}

const ramp = 'class Ramp { k = 5; #own = 5; static s = 5; static #t = 5; at(x) { return x * this.k } }\nconst ramp = new Ramp()\n'
const score = '\nexport const score = (x) => ramp.at(x)'
const setUp = 'const setUp = () => { '

describe('what a value is when the file has loaded decides, however it came about', () => {
  test.each([
    ['a field set by a function', `${ramp}${setUp}ramp.k = K }\nsetUp()${score}`],
    ['a field set by Object.assign', `${ramp}Object.assign(ramp, { k: K })${score}`],
    ['a field added', `${ramp}ramp.extra = K${score}`],
    ['a field made a getter', `${ramp}Object.defineProperty(ramp, 'k', { get: () => K })${score}`],
    [
      'what the constructor was given, changed since',
      `const given = { k: 5 }\nclass A { constructor(o) { this.o = o } at(x) { return x * this.o.k } }\nconst ramp = new A(given)\ngiven.k = K${score}`,
    ],
    [
      'a private field set through a method',
      `class A { #k = 5; set(k) { this.#k = k } at(x) { return x * this.#k } }\nconst ramp = new A()\nramp.set(K)${score}`,
    ],
    [
      'a private field of the class above',
      `class A { #k = 5; set(k) { this.#k = k } at(x) { return x * this.#k } }\nclass B extends A {}\nconst ramp = new B()\nramp.set(K)${score}`,
    ],
    [
      'a static field set by a function',
      `class A { static k = 5; static at(x) { return x * A.k } }\n${setUp}A.k = K }\nsetUp()\nexport const score = (x) => A.at(x)`,
    ],
    [
      'a private static field',
      `class A { static #k = 5; static set(k) { A.#k = k } static at(x) { return x * A.#k } }\nA.set(K)\nexport const score = (x) => A.at(x)`,
    ],
    ['a static field of the class above', `class A { static k = 5 }\nclass B extends A {}\nA.k = K\nexport const score = (x) => x * B.k`],
    ['a method replaced after the class', `${ramp}Ramp.prototype.at = (x) => x * K${score}`],
    [
      'a method replaced by one that reads alike',
      `const make = (k) => class { at(x) { return x * k } }\nconst [A, B] = [make(5), make(K)]\nA.prototype.at = B.prototype.at\nconst ramp = new A()${score}`,
    ],
    [
      'a method of the class above replaced',
      `class A { at(x) { return x } }\nclass B extends A {}\nA.prototype.at = (x) => x * K\nconst ramp = new B()${score}`,
    ],
    ['a method put on one instance', `${ramp}ramp.at = (x) => x * K${score}`],
    ['a method added to the prototype', `function A() {}\nA.prototype.at = (x) => x * K\nconst ramp = new A()${score}`],
    [
      'a method taken away',
      `class A { at(x) { return 5 } at1(x) { return 6 } at2(x) { return 7 } }\ndelete A.prototype.atK\nexport const score = (x) => new A().at(x)`,
    ],
    ['a static method replaced', `class A { static at(x) { return x } }\nA.at = (x) => x * K\nexport const score = (x) => A.at(x)`],
    [
      'a getter redefined',
      `class A { get k() { return 5 } at(x) { return x * this.k } }\nObject.defineProperty(A.prototype, 'k', { get() { return K } })\nconst ramp = new A()${score}`,
    ],
    [
      'a method under a symbol',
      `class A { [Symbol.toPrimitive]() { return 5 } }\nA.prototype[Symbol.toPrimitive] = () => K\nconst a = new A()\nexport const score = (x) => x * +a`,
    ],
    [
      'a method under a computed name',
      `const name = ['at', 'to'][K - 1]\nclass A { [name](x) { return x } at(x) { return 5 } }\nexport const score = (x) => new A().at(x)`,
    ],
    [
      'a class put under another',
      `class A { at(x) { return x } }\nclass B { at(x) { return x * K } }\nclass C extends A {}\nObject.setPrototypeOf(C, B)\nObject.setPrototypeOf(C.prototype, B.prototype)\nexport const score = (x) => new C().at(x)`,
    ],
    ['an instance put under another prototype', `${ramp}Object.setPrototypeOf(ramp, { at: (x) => x * K })${score}`],
    [
      'a class made by a mixin',
      `const mix = (k) => class { at(x) { return x * k } }\nclass A extends mix(K) {}\nconst ramp = new A()${score}`,
    ],
    [
      'a class that has captured a value',
      `const make = (k) => class { at(x) { return x * k } }\nconst A = make(K)\nexport const score = (x) => new A().at(x)`,
    ],
    [
      'an instance inside an instance',
      `class In { k = 5 }\nclass Out { inner = new In(); at(x) { return x * this.inner.k } }\nconst ramp = new Out()\nramp.inner.k = K${score}`,
    ],
    [
      'instances that know each other',
      `class Tree { kids = []; up = null; k = 5; add(t) { t.up = this; this.kids.push(t); return this } }\nconst tree = new Tree().add(new Tree())\ntree.kids[0].k = K\nexport const score = () => tree.kids[0].k`,
    ],
    [
      'an instance in a map',
      `class In { k = 5 }\nconst map = new Map([['a', new In()]])\nmap.get('a').k = K\nexport const score = () => map.get('a').k`,
    ],
    ['a map filled by a function', `const map = new Map()\n${setUp}map.set('k', K) }\nsetUp()\nexport const score = () => map.get('k')`],
    [
      'a set in a set',
      `const set = new Set([new Set()])\n${setUp}for (const one of set) one.add(K) }\nsetUp()\nexport const score = () => [...set]`,
    ],
    [
      'a class of maps with a field',
      `class Table extends Map { k = 5 }\nconst table = new Table()\ntable.k = K\nexport const score = () => table.k`,
    ],
    ['bytes set by a function', `const bytes = new Uint8Array(2)\n${setUp}bytes[1] = K }\nsetUp()\nexport const score = () => bytes[1]`],
    ['bytes with a property', 'const bytes = Object.assign(new Float32Array(3), { scale: K })\nexport const score = () => bytes.scale'],
    ['a list with a property', 'const list = Object.assign([1], { scale: K })\nexport const score = () => list.scale'],
    [
      'an element that is computed',
      'const list = [1]\nObject.defineProperty(list, 0, { get: () => K })\nexport const score = () => list[0]',
    ],
    [
      'a bound argument changed since',
      'const given = { k: 5 }\nconst bound = ((o, x) => x * o.k).bind(null, given)\ngiven.k = K\nexport const score = (x) => bound(x)',
    ],
    [
      'a bound this',
      'const self = { k: 5 }\nconst bound = (function (x) { return x * this.k }).bind(self)\nself.k = K\nexport const score = (x) => bound(x)',
    ],
    [
      'a bound function bound again',
      'const f = ((a, b, x) => a * b * x).bind(null, 5).bind(null, K)\nconst make = (g) => (x) => g(x)\nexport const score = make(f)',
    ],
    ['a property of a function', 'const helper = (x) => x\nhelper.scale = K\nexport const score = (x) => helper(x) * helper.scale'],
    ['a property of the function itself', 'export const score = Object.assign((x) => x, { scale: K })'],
    ['a parent put behind a function', 'const helper = Object.setPrototypeOf((x) => x, { k: K })\nexport const score = (x) => helper.k'],
    ['a hidden property', "const data = Object.defineProperty({}, 'a', { value: K })\nexport const score = () => data.a"],
    ['a getter in data', 'const data = { get k() { return K } }\nexport const score = () => data.k'],
    ['what an object inherits', 'const data = Object.create({ k: K })\nexport const score = () => data.k'],
    ['a symbol as a key', "const key = Symbol('a')\nconst data = { [key]: K }\nexport const score = () => data[key]"],
    ['data that contain themselves', 'const data = { k: K }\ndata.me = data\nexport const score = () => data.me.me.k'],
    [
      'what of two equal parts is the same part',
      'const part = { a: 1 }\nconst data = [part, [part, { a: 1 }][K - 1]]\nexport const score = () => data[0] === data[1]',
    ],
    ['a date moved', 'const day = new Date(5)\nday.setTime(K)\nexport const score = () => day.getTime()'],
    ['where a regular expression goes on', 'const word = /a/g\nword.lastIndex = K\nexport const score = (x) => x.match(word)'],
    ['an error', 'const error = new RangeError("K")\nexport const score = () => error.message'],
    ['a boxed number', 'const boxed = Object(K)\nexport const score = () => boxed + 1'],
    [
      'whether it may be changed',
      'const data = [{ a: 1 }, Object.freeze({ a: 1 })][K - 1]\nexport const score = () => Object.isFrozen(data)',
    ],
    [
      'a part of JavaScript added',
      'Math.clamp = (x) => x * K\nexport const score = (x) => Math.clamp(x)\nglobalThis.undo = () => { delete Math.clamp }',
    ],
    [
      'a method of all lists added',
      "Object.defineProperty(Array.prototype, 'sum', { value: () => K, configurable: true })\nexport const score = (x) => x.sum()\nglobalThis.undo = () => { delete Array.prototype.sum }",
    ],
  ])('%s', async (_, main) => {
    const [one, two] = await both(main)
    expect(two).not.toBe(one)
  })

  test.each([
    ['a field', 'ramp.k = K'],
    ['a method of its class', 'ramp.constructor.prototype.at = (x) => x * K'],
    ['a method, through a function of a third file', "import { put } from './put.ts'\nput(ramp)"],
  ])('%s set by another file', async (_, line) => {
    const [one, two] = await both(`import { ramp } from './ramp.ts'\nimport './other.ts'${score}`, {
      'ramp.ts': `class Ramp { k = 5; at(x) { return x * this.k } }\nexport const ramp = new Ramp()\n`,
      'other.ts': `import { ramp } from './ramp.ts'\n${line}\n`,
      'put.ts': 'export const put = (ramp) => { ramp.at = (x) => x * K }\n',
    })
    expect(two).not.toBe(one)
  })

  test('two ways to the same value are one', async () => {
    const settled = hashOf(
      await loadMain(`class A { k = 2; at(x) { return x * this.k } }\nconst a = new A()\nexport const score = (x) => a.at(x)`),
    )
    const set = hashOf(
      await loadMain(
        `class B { k = 2; at(value) { return value * this.k } }\nconst b = new B()\nconst set = (k) => { b.k = k }\nset(1)\nset(2)\nexport const score = (x) => b.at(x)`,
      ),
    )
    expect(set).toBe(settled)
    const [bound, again] = [
      'const f = ((k, x) => k * x).bind(null, 2)\nexport const score = (x) => f(x)',
      'const two = 1 + 1\nconst g = ((k, x) => k * x).bind(null, two)\nexport const score = (y) => g(y)',
    ]
    expect(hashOf(await loadMain(bound))).toBe(hashOf(await loadMain(again)))
  })

  test('private members may be renamed', async () => {
    const file = (name: string) =>
      `class A { #${name} = 1; static #s${name} = 2; at() { return this.#${name} + A.#s${name} } }\nconst a = new A()\nexport const score = () => a.at()`
    expect(hashOf(await loadMain(file('a')))).toBe(hashOf(await loadMain(file('b'))))
  })

  test('what only a class is made of need not be seen', async () => {
    const main = (k: number) =>
      `const start = ${k}\nclass Base { static from = start }\nclass A extends Base { static [\`s\${start}\`] = 1 }\nexport const score = () => A.from`
    const unrelated = '\nexport const unrelated = () => [start, Base]'
    expect(hashOf(await loadMain(main(1)))).not.toBe(hashOf(await loadMain(main(2))))
    expect(hashOf(await loadMain(main(1) + unrelated))).toBe(hashOf(await loadMain(main(1))))
  })

  test('nothing is called to see it: a getter that throws is looked at, not asked', async () => {
    const results = await loadMain("const data = { get a() { throw new Error('asked') } }\nexport const score = (x) => x.at(data)")
    expect(results.score).toHaveProperty('hash')
    const changing = await loadMain("const data = { get a() { throw new Error('asked') } }\nexport const score = () => data.a.push(1)")
    expect(changing.score).toHaveProperty('hash')
  })

  test('a value met by many ways is told once: no time is lost', async () => {
    const results = await loadMain('let wide = [1]\nfor (let i = 0; i < 60; i++) wide = [wide, wide]\nexport const score = () => wide')
    expect(results.score).toHaveProperty('hash')
  })
})

describe('a function that changes what it captured is told by what has changed', () => {
  test.each([
    [
      'a private field',
      'class Rng { #s = 42; next() { return (this.#s = this.#s + 1) } }\nconst rng = new Rng()\nexport const score = () => rng.next()',
      'rng.#s',
      '42',
      '43',
    ],
    ['a field through a method', 'const o = { n: 1, next() { return this.n++ } }\nexport const score = () => o.next()', 'o.n', '1', '2'],
    ['a static field', 'class C { static n = 1; static next() { return C.n++ } }\nexport const score = () => C.next()', 'C.n', '1', '2'],
    [
      'a private static field',
      'class C { static #n = 1; static next() { return C.#n++ } }\nexport const score = () => C.next()',
      'C.#n',
      '1',
      '2',
    ],
    [
      'bytes, in a helper',
      'const bytes = new Uint8Array(1)\nconst step = (b) => b[0]++\nexport const score = () => step(bytes)',
      'bytes',
      undefined,
      undefined,
    ],
    [
      'a cache in an instance',
      'class Memo { kept = new Map(); of(x) { this.kept.set(x, 1); return x } }\nconst memo = new Memo()\nexport const score = (x) => memo.of(x)',
      'memo.kept.keys()',
      undefined,
      undefined,
    ],
    [
      'an element deep inside',
      'const data = { a: [{ b: [1, 2] }] }\nconst step = (d) => d.a[0].b[1]++\nexport const score = () => step(data)',
      'data.a[0].b[1]',
      '2',
      '3',
    ],
    [
      'a property of a function',
      'const next = Object.assign(() => 1, { n: 1 })\nconst step = (f) => f.n++\nexport const score = () => step(next)',
      'an unnamed function.n',
      '1',
      '2',
    ],
    [
      'a bound argument',
      'const next = ((o) => o.n++).bind(null, { n: 1 })\nconst step = (f) => f()\nexport const score = () => step(next)',
      'next[0].n',
      '1',
      '2',
    ],
    [
      'a method, replaced',
      'class A { at() { return 1 } }\nconst a = new A()\nconst put = (o) => { o.at = () => 2 }\nexport const score = () => { const v = a.at(); put(a); return v }',
      'a.at',
      undefined,
      undefined,
    ],
    [
      'a part of JavaScript',
      'const put = (m) => { m.sqrt2 = () => 2 }\nconst { prototype } = Number\nexport const score = () => put(prototype)',
      'Number.prototype.sqrt2',
      undefined,
      undefined,
    ],
    [
      'an iterator that it kept',
      'const o = { it: null, next() { this.it ??= [1, 2].values(); return this.it.next().value } }\nexport const score = () => o.next()',
      'score',
      undefined,
      undefined,
    ],
  ])('%s', async (_, main, name, before, after) => {
    const { score } = await load({ 'main.ts': `${main}\nglobalThis.undo = () => { delete Number.prototype.sqrt2 }` }, 'main.ts', {
      call: ['score'],
    })
    expect(score).toHaveProperty('changed.name', name)
    expect(score).toMatchObject({ changed: { ...(before === undefined ? {} : { before, after }) } })
  })

  test('one that leaves everything as it was is not', async () => {
    const main =
      'class Rng { #s; constructor(s) { this.#s = s } next() { return this.#s++ } }\nconst table = new Map([[1, { a: [2] }]])\nexport const score = (x) => new Rng(x).next() + table.get(1).a[0]'
    const { score } = await load({ 'main.ts': main }, 'main.ts', { call: ['score'] })
    expect(score).toHaveProperty('hash')
    expect(score).not.toHaveProperty('changed')
  })

  test('whoever changes it: every function that sees it means something else', async () => {
    const main = 'const o = { n: 1, next() { return this.n++ } }\nexport const a = () => o.next()\nexport const b = () => o.n'
    const results = await load({ 'main.ts': main }, 'main.ts', { call: ['a'] })
    expect(results.b).toHaveProperty('changed.name', 'o.n')
  })
})
