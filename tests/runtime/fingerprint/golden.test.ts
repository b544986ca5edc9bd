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
    arrow: 'b06825f29bcd8f8dfc8a5216bc50b501264523fefede832275b3e864cb5bf32e',
    asyncGenerator: '5aed6e17e3ae488189d31cd3454357187d668dcc650f457aba73f56e8e6cb609',
    class: 'b48cc405ffb5aeac590aa7e2d595f87fed49a2639be8a2e3c156939ec5832d2d',
    expressions: 'ec03944e22646852b9b49aecfa1ca9dc41592c6912725de461a6d307e5b9a52c',
    generator: '511336a9c3c00a6916e0d2f5506d42b484b373e0f203143aa4481e8551e427b8',
    project: 'ba4a7179ba476b3b4405083f242fad6e24ee987324236499a2e19a490bdca05d',
    recursive: '0346f8a83327f8f89d4abb3ef80f58e2a8b711f9f00593905e20a359ae69eca0',
    statements: 'eb3a60b8c47fcdf13d2b8235a5da252635768148a317a6496a3940208bcea1f4',
  })
})
