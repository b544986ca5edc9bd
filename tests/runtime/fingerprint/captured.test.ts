import { describe, expect, test } from 'vitest'
import { hashOf, loadMain, partsOf } from './project.ts'

/** The hash of `score` in a file. */
async function hash(main: string, others = {}): Promise<string> {
  return hashOf(await loadMain(main, others))
}

/** Two files whose functions mean the same, and one whose function does not. */
async function expectSameAndOther(a: string, same: string, other: string, others = {}): Promise<void> {
  const [first, second, third] = [await hash(a, others), await hash(same, others), await hash(other, others)]
  expect(second).toBe(first)
  expect(third).not.toBe(first)
}

describe('captured values are part of the meaning', () => {
  test('a loop variable: four closures with two values have two fingerprints', async () => {
    const results = await loadMain(`const made = []
for (const i of [0, 1, 2, 3]) made.push((x) => x * (i % 2 === 0 ? 1 : i) * (i & 1))
const list = []
for (const k of [0, 1, 0, 1]) list.push((x) => x + k)
export const [a, b, c, d] = list`)
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => hashOf(results, name))
    expect([c, d]).toEqual([a, b])
    expect(b).not.toBe(a)
  })

  test('a counter of a for loop, each closure with its own', async () => {
    const results = await loadMain('const list = []\nfor (let i = 0; i < 2; i++) list.push(() => i)\nexport const [a, b] = list')
    expect(hashOf(results, 'a')).not.toBe(hashOf(results, 'b'))
  })

  test('a parameter of the function that made it', async () => {
    const make = 'const power = (k: number) => (x: number) => x ** k\n'
    await expectSameAndOther(
      `${make}export const score = power(2)`,
      `${make}const two = 1 + 1\nexport const score = power(two)`,
      `${make}export const score = power(3)`,
    )
  })

  test('a value in a block around it', async () => {
    const make = (value: number) => `let made\n{ const k = ${value}; made = (x) => x * k }\nexport const score = made`
    await expectSameAndOther(make(2), make(2).replace(/\bk\b/g, 'factor'), make(3))
  })

  test('what was read from the environment outside', async () => {
    process.env.ESPALIER_TEST_VALUE = '1'
    const read = (text: string) => `const read = process.env.ESPALIER_TEST_VALUE ?? '${text}'\nexport const score = () => read`
    await expectSameAndOther(read('1'), "const value = '1'\nexport const score = () => value", read('2').replace('_VALUE', '_ABSENT'))
  })

  test('JSON by what it holds, however it is laid out', async () => {
    const main = "import options from './options.json' with { type: 'json' }\nexport const score = () => options.a"
    const a = await hash(main, { 'options.json': '{"a":1,"b":[2]}' })
    expect(await hash(main, { 'options.json': '{\n  "a": 1.0,\n  "b": [ 2 ]\n}\n' })).toBe(a)
    expect(await hash(main, { 'options.json': '{"a":1,"b":[3]}' })).not.toBe(a)
  })

  test('numbers to the last bit: 0 and -0, NaN and Infinity', async () => {
    const hashes = await Promise.all(
      ['0', '-0', 'NaN', 'Infinity', '0.1 + 0.2', '0.3', "'0'", '0n', 'null', 'undefined', 'false'].map((value) =>
        hash(`const k = ${value}\nexport const score = () => k`),
      ),
    )
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  test('arrays and objects in full, holes and the order of keys included', async () => {
    const values = [
      '[]',
      '{}',
      '[1, 2]',
      "['1', '2']",
      '[1, [2]]',
      '[1, , 2]',
      '[1, undefined, 2]',
      '{ a: 1 }',
      '{ a: 1, b: 2 }',
      '{ b: 2, a: 1 }',
      '{ a: undefined }',
      'Object.assign(Object.create(null), { a: 1 })',
    ]
    const hashes = await Promise.all(values.map((value) => hash(`const k = ${value}\nexport const score = () => k`)))
    expect(new Set(hashes).size).toBe(values.length)
  })

  test('maps, sets, dates and regular expressions', async () => {
    const values = [
      'new Map([[1, 2]])',
      'new Map([[2, 1]])',
      'new Set([1, 2])',
      'new Set([2, 1])',
      'new Date(5)',
      'new Date(6)',
      '/a/g',
      '/a/i',
      '/b/g',
    ]
    const hashes = await Promise.all(values.map((value) => hash(`const k = ${value}\nexport const score = () => k`)))
    expect(new Set(hashes).size).toBe(values.length)
  })

  test('typed arrays and buffers by their kind and their bytes', async () => {
    const values = [
      'new Float32Array([1, 2])',
      'new Float32Array([1, 3])',
      'new Uint32Array(new Float32Array([1, 2]).buffer)',
      'new Float32Array([1, 2]).buffer',
      "Buffer.from('ab')",
      "Buffer.from('ac')",
      'new Uint8Array([97, 98])',
      'new Float32Array(2)',
    ]
    const hashes = await Promise.all(values.map((value) => hash(`const k = ${value}\nexport const score = () => k`)))
    expect(new Set(hashes).size).toBe(values.length)
    // What surrounds a part can be reached through it.
    const part = (around: number) => `const k = new Float32Array([${around}, 1, 2, 0]).subarray(1, 3)\nexport const score = () => k.buffer`
    expect(await hash(part(0))).not.toBe(await hash(part(1)))
  })

  test('a million numbers are kept as a digest of a few characters', async () => {
    const results = await loadMain(
      'const big = new Float64Array(1e6)\nconst long = Array.from({ length: 1000 }, (_, i) => i)\nexport const score = () => big[0] + long[0]',
    )
    for (const use of partsOf(results)[0]!.uses) expect('value' in use && use.value.length).toBeLessThan(200)
  })

  test('functions in data by what they mean', async () => {
    const file = (body: string) => `const steps = [{ name: 'a', run: (x) => ${body} }]\nexport const score = (x) => steps[0].run(x)`
    await expectSameAndOther(file('x + 1'), file('x + 1').replace(/\bx\b/g, 'value'), file('x + 2'))
  })

  test('a function made by a helper, through the helper and its argument', async () => {
    const file = (k: number, op: string) =>
      `const power = (k) => (x) => x ${op} k\nconst square = power(${k})\nexport const score = (x) => square(x)`
    await expectSameAndOther(file(2, '**'), file(2, '**').replace(/\bsquare\b/g, 'sq'), file(3, '**'))
    expect(await hash(file(2, '*'))).not.toBe(await hash(file(2, '**')))
  })

  test("JavaScript's own functions by their name", async () => {
    const apply = 'const apply = (f) => (x) => f(x)\n'
    await expectSameAndOther(
      `${apply}export const score = apply(Math.tanh)`,
      `${apply}const f = Math.tanh\nexport const score = apply(f)`,
      `${apply}export const score = apply(Math.sinh)`,
    )
  })

  test('an instance by its class and what it holds', async () => {
    const file = (k: number, body = 'x * this.k') =>
      `class Ramp { constructor(k) { this.k = k } at(x) { return ${body} } }\nconst ramp = new Ramp(${k})\nexport const score = (x) => ramp.at(x)`
    await expectSameAndOther(
      file(1),
      file(1)
        .replace(/\bramp\b/g, 'r')
        .replace(/\bx\b/g, 'value'),
      file(2),
    )
    expect(await hash(file(1, 'x + this.k'))).not.toBe(await hash(file(1)))
  })

  test('an instance of another file, with the constants it is made of', async () => {
    const main = "import { ramp } from './ramp.ts'\nexport const score = (x) => ramp.at(x)"
    const ramp = (k: number) => ({ 'ramp.ts': `const k = ${k}\nclass Ramp { at(x) { return x * k } }\nexport const ramp = new Ramp(k)` })
    expect(await hash(main, ramp(1))).not.toBe(await hash(main, ramp(2)))
    expect(
      await hash(`class Ramp { at(x) { return x * k } }\nconst k = 1\nconst ramp = new Ramp(k)\nexport const score = (x) => ramp.at(x)`),
    ).toBe(await hash(main, ramp(1)))
  })

  test('a bound function and one from a memo by what they were given', async () => {
    const bound = (k: number) =>
      `function add(k, x) { return k + x }\nconst bound = add.bind(null, ${k})\nexport const score = (x) => bound(x)`
    await expectSameAndOther(bound(1), bound(1).replaceAll('bound =', 'bound ='), bound(2))
    const memo = (k: number) =>
      `const memo = (f) => { const kept = new Map(); return (x) => f(x) }\nconst f = memo((x) => x + ${k})\nexport const score = (x) => f(x)`
    await expectSameAndOther(memo(1), memo(1).replace(/\bkept\b/g, 'cache'), memo(2))
  })

  test('what a pattern takes apart, each name its own', async () => {
    const file = (name: string) =>
      `class Pair { a = new Set(['a']); b = new Set(['b']) }\nconst { a, b } = new Pair()\nexport const score = () => ${name}`
    await expectSameAndOther(file('a'), file('a').replace('{ a, b } = ', '{ a: a, b: other } = '), file('b'))
  })

  test('classes with their static fields as they are now', async () => {
    const file = (first: number, now: number) =>
      `class Count { static start = ${first} }\nCount.start = ${now}\nexport const score = () => new Count()`
    expect(await hash(file(1, 2))).not.toBe(await hash(file(1, 3)))
    await expectSameAndOther(file(1, 2), file(1, 2).replace(/\bCount\b/g, 'Tally'), file(2, 2))
  })

  test('a class through its parent and its private members', async () => {
    const file = (k: number, name: string) =>
      `class Base { at(x) { return x * ${k} } }\nclass Ramp extends Base { #${name} = 1; get() { return this.#${name} } }\nexport const score = (x) => new Ramp().at(x)`
    await expectSameAndOther(file(1, 'a'), file(1, 'b'), file(2, 'a'))
  })

  test('a let by the value it has when loading is done', async () => {
    await expectSameAndOther(
      'let k = 1\nk = 2\nexport const score = () => k',
      'const k = 2\nexport const score = () => k',
      'let k = 1\nk = 3\nexport const score = () => k',
    )
  })

  test('functions that call each other, from either side', async () => {
    const even = (n: number) => `const even = (n) => (n === ${n} ? true : odd(n - 1))\nconst odd = (n) => (n === 0 ? false : even(n - 1))\n`
    await expectSameAndOther(
      `${even(0)}export const score = even`,
      `const odd = (m) => (m === 0 ? false : even(m - 1))\nexport const score = (n) => (n === 0 ? true : odd(n - 1))\nconst even = score`
        .replace('export const score = (n)', 'const even = (n)')
        .replace('\nconst even = score', '\nexport const score = even'),
      `${even(1)}export const score = even`,
    )
    expect(await hash(`${even(0)}export const score = odd`)).not.toBe(await hash(`${even(0)}export const score = even`))
  })

  test('a function that calls itself', async () => {
    await expectSameAndOther(
      'export const score = (n) => (n < 2 ? 1 : n * score(n - 1))',
      'const f = (k) => (k < 2 ? 1 : k * f(k - 1))\nexport const score = f',
      'export const score = (n) => (n < 2 ? 1 : n * score(n - 2))',
    )
  })

  test('data that hold the very function that uses them', async () => {
    const file = (k: number) =>
      `const table = { step: (x) => (x > 0 ? table.step(x - table.by) : x), by: ${k} }\nexport const score = (x) => table.step(x)`
    await expectSameAndOther(file(1), file(1).replace(/\bx\b/g, 'y'), file(2))
  })

  test('a whole namespace of the project by its exports', async () => {
    const main = "import * as steps from './steps.ts'\nexport const score = (x) => Object.values(steps).reduce((at, step) => step(at), x)"
    const a = await hash(main, { 'steps.ts': 'export const a = (x) => x + 1\nexport const b = (x) => x * 2' })
    expect(await hash(main, { 'steps.ts': 'export const b = (v) => v * 2\n\nexport const a = (v) => v + 1' })).toBe(a)
    expect(await hash(main, { 'steps.ts': 'export const a = (x) => x + 1\nexport const b = (x) => x * 3' })).not.toBe(a)
  })

  test('methods, getters, generators and async functions as values', async () => {
    const results =
      await loadMain(`const object = { method(x: number) { return x }, async later(x: number) { return x }, *many(x: number) { yield x }, ['computed']: (x: number) => x }
class Kept { static /* why */ async  kept<T>(x: T) { return x } static get one() { return 1 } }
export const { method, later, many, computed } = object
export const { kept } = Kept
export const one = Object.getOwnPropertyDescriptor(Kept, 'one').get`)
    const hashes = ['method', 'later', 'many', 'computed', 'kept', 'one'].map((name) => hashOf(results, name))
    expect(new Set(hashes).size).toBe(5) // later and kept are the same async function
  })
})

test('text beyond ASCII, in types, comments and strings, moves nothing', async () => {
  const file = (comment: string, type: string) =>
    `type T = ${type}\nconst k = 1 /* ${comment} */; export const score = (x: ${type}, y = '🌱é') => /* ${comment} */ (x as ${type}) + y + k`
  expect(await hash(file('β 🌿', "'gewölbe 🌿'"))).toBe(await hash(file('b', 'string')))
})

test('all line ends that V8 counts', async () => {
  expect(await hash("const a = '\u2028'; /*\u2029*/ const b = 1 // \r const c = 2\rexport const score = (x) =>\r\n x + b")).toBe(
    await hash('const b = 1\nexport const score = (x) => x + b'),
  )
})
