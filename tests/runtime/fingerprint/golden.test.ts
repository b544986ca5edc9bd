import { beforeAll, expect, test } from 'vitest'
import { project } from './edits.ts'
import { hashOf, load } from './project.ts'

/** One function for each part of the language. What is written here decides, with the version in the tag, whether earlier results are found. */
const functions: { readonly [name: string]: string } = {
  arrow: '(a, { b, c: [d = 1, ...e] } = {}, ...rest) => [a, b, d, e, rest]',
  statements: `function (n) {
    outer: for (let i = 0, j = n; i < j; i++, j--) { if (i % 2) continue outer; else if (i > 9) break outer }
    for (const k in { a: 1 }) for (const v of [k]) n += v.length
    while (n > 10) n -= 3
    do { n ^= 1 } while (n < 0)
    switch (n) { case 1: case 2: n = 3; break; default: n = 4 }
    try { throw new RangeError(\`\${n} is\${' '}bad\`) } catch ({ message }) { n = message } finally { n ??= 1 }
    var last = n, { x, ...others } = last
    return void 0, last, x, others, typeof n, -n, !n, ~n
  }`,
  expressions: `async (a) => [
    a?.b?.[0]?.(1), (a?.b).c, a ?? 1, a || 2 && 3, a ? 1 : 2, [, 1, , ...a],
    { a, "b": 1, [a]: 2, ...a, m() {}, get g() { return 1 }, set g(v) {}, __proto__: null, ['__proto__']: 1 },
    await a, /x+/gi, 0x10, 1_000n, 1e21, "\\u00e9", \`t\`, String.raw\`\\n\${a}\`, a ** 2, a instanceof Date, "k" in a, delete a.b,
  ]`,
  generator: 'function* (n) { const got = yield n; yield* [got]; return new.target }',
  asyncGenerator: 'async function* (list) { for await (const one of list) yield one }',
  class: `class Ramp extends Array {
    static #count = 0
    static start = 1
    #slope = 2
    static { this.start = 2 }
    constructor(k) { super(k); Ramp.#count++; this.#slope = k }
    get slope() { return this.#slope }
    static of(k) { return super.of(k) }
    *[Symbol.iterator]() { const own = (#slope in this); yield own }
    at = (x) => x * this.#slope
  }`,
  recursive: 'function again(n) { return n < 2 ? 1 : n * again(n - 1) }',
}

let found: { readonly [name: string]: string }
beforeAll(async () => {
  const main = Object.entries(functions).map(([name, code]) => `export const ${name}_ = ${code}`)
  const results = await load({ 'main.ts': main.join('\n') })
  found = {
    project: hashOf(await load(project)),
    ...Object.fromEntries(Object.keys(functions).map((name) => [name, hashOf(results, `${name}_`)])),
  }
})

test('the form of all parts of the language stays what it was, or its version is raised', () => {
  expect(found).toEqual({
    arrow: 'f80e4722aa33a408d8d08516a1055d940bb16e87bb60dbd9f2dda0e7b3a6f0c8',
    asyncGenerator: 'c667a7573127b15e72525f2ad4e781012f11e2c1ccf775f9dbd67bd9f558c734',
    class: 'c67172c61821003add1af38b5c98b16a53a7c25a143c154498c25a179f19ec7e',
    expressions: 'bf0e606f434cee74a7d06cbd9f1443d8d6a7f50ed01dca5f915674ecb1b6ebfb',
    generator: '5fe46f4074d670b9693db7952e3cecb40384bc95ddb362465811a4be030b96e8',
    project: '2285d3d3280b3ce410df37735706230de39745895ffd99f04e1a5ec7bd565314',
    recursive: '07f645f85e9b454f805bcbb3a398c884e630b5413d57c247ac9cce7490d91f79',
    statements: 'c7bf37d5ba395fb3af7690193d32d5563d8600934e7f29079119e7297fa5a24e',
  })
})
