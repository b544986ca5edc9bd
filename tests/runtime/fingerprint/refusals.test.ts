import { describe, expect, test } from 'vitest'
import { load, loadMain, refusal } from './project.ts'

describe('what depends on more than code and values is refused, with the place', () => {
  test.each([
    ['the clock', '\nexport const score = () => Date.now()', 'main.ts:2:28', 'Date.now reads the clock'],
    ['a new date', 'export const score = () => new Date()', 'main.ts:1:32', 'new Date() reads the clock'],
    ['a date of nothing but a spread', 'export const score = (...a) => new Date(...a)', 'main.ts:1:36', 'new Date() reads the clock'],
    ['a date as text', 'export const score = () => Date()', 'main.ts:1:28', 'Date() reads the clock'],
    ['a timer of the machine', 'export const score = () => performance.now()', 'main.ts:1:28', 'performance reads the clock'],
    ['random numbers', 'export const score = () => Math.random()', 'main.ts:1:28', 'Math.random draws random numbers'],
    ['random numbers by a quoted name', "export const score = () => Math['random']()", 'main.ts:1:28', 'Math.random draws random numbers'],
    [
      'random numbers taken out of Math',
      'export const score = () => { const { sqrt, random: r } = Math; return r() }',
      'main.ts:1:58',
      'Math.random draws random numbers',
    ],
    [
      'Math under another name',
      'export const score = () => { const M = Math; return M.random() }',
      'main.ts:1:40',
      'Math under another name',
    ],
    ['a computed member of Math', 'export const score = (name) => Math[name]()', 'main.ts:1:32', 'Math under another name'],
    [
      'the rest of Math',
      'export const score = () => { const { sqrt, ...rest } = Math; return rest }',
      'main.ts:1:56',
      'Math under another name',
    ],
    ['Date under another name', 'export const score = () => { const D = Date; return new D() }', 'main.ts:1:40', 'Date under another name'],
    ['a class that extends Date', 'export const score = () => new (class extends Date {})()', 'main.ts:1:47', 'Date under another name'],
    ['Date handed on', 'export const score = () => Reflect.construct(Date, [])', 'main.ts:1:46', 'Date under another name'],
    ['random bytes', 'export const score = () => crypto.getRandomValues(new Uint8Array(1))', 'main.ts:1:28', 'crypto draws random numbers'],
    ['the environment', 'export const score = () => process.env.HOME', 'main.ts:1:28', 'process reads the process'],
    ['the network', "export const score = () => fetch('http://localhost')", 'main.ts:1:28', 'fetch reads the network'],
    ['a dynamic import', "export const score = () => import('./other.ts')", 'main.ts:1:28', 'import() loads code that cannot be analysed'],
    ['where the file lies', 'export const score = () => import.meta.url', 'main.ts:1:28', "import.meta depends on the file's location"],
    ['eval', "export const score = () => eval('1')", 'main.ts:1:28', 'eval runs text as code'],
    ['the Function constructor', "export const score = () => new Function('return 1')", 'main.ts:1:32', 'Function runs text as code'],
    ['the global object', 'export const score = () => globalThis.x', 'main.ts:1:28', 'globalThis uses global state'],
    [
      'the last match of any regular expression',
      'export const score = (x) => /a(b)/.test(x) && RegExp.$1',
      'main.ts:1:47',
      'RegExp.$1 uses global state',
    ],
    [
      'a random constant of TensorFlow',
      'export const score = ({ tf }) => tf.randomUniform([2])',
      'main.ts:1:34',
      'tf.randomUniform without a seed draws random numbers',
    ],
    [
      'the working directory',
      "import { resolve } from 'node:path'\nexport const score = (x) => resolve(x)",
      'main.ts:2:29',
      'resolve of node:path depends on the working directory',
    ],
    ['a global nobody knows', 'export const score = () => foo()', 'main.ts:1:28', 'foo is not defined in this file'],
    ['a timer', 'export const score = () => setTimeout(() => 1, 10)', 'main.ts:1:28', 'setTimeout depends on time'],
    ["the machine's language", 'export const score = () => new Intl.NumberFormat()', 'main.ts:1:32', 'Intl depends on the machine'],
    ['weak references', 'export const score = (x) => new WeakRef(x)', 'main.ts:1:33', 'WeakRef depends on when memory is freed'],
    [
      'a captured this',
      'class A { k = 1; make() { return () => this.k } }\nexport const score = new A().make()',
      'main.ts:1:40',
      'this belongs to',
    ],
    [
      'a captured this in a field',
      'class A { k = 1; at = (x) => x * this.k }\nexport const score = new A().at',
      'main.ts:1:34',
      'this belongs to',
    ],
    [
      'captured arguments',
      'function make() { return () => arguments.length }\nexport const score = make(1)',
      'main.ts:1:32',
      'arguments belongs to',
    ],
    [
      'the parent of a method alone',
      'const o = { __proto__: { f() { return 1 } }, f() { return super.f() } }\nexport const score = o.f',
      'main.ts:1:59',
      'super belongs to',
    ],
    [
      'a captured object written to',
      'const kept = {}\nexport const score = (x) => { kept[x] = 1; return x }',
      'main.ts:2:31',
      'kept comes from outside the function and is modified here',
    ],
    [
      'a captured object written to by a pattern',
      'const kept = {}\nexport const score = (x) => { [kept.a, kept.b] = x; return x }',
      'main.ts:2:32',
      'kept comes from outside',
    ],
    [
      'a captured member deleted',
      'const kept = { a: 1 }\nexport const score = (x) => { delete kept.a; return x }',
      'main.ts:2:38',
      'kept comes from outside',
    ],
    [
      'a global written to',
      'export const score = (x) => { Array.prototype.sum = x; return x }',
      'main.ts:1:31',
      'Array comes from outside',
    ],
  ])('%s', async (_, main, at, sentence) => {
    const refused = refusal(await loadMain(main))
    expect(refused).toMatchObject({ kind: 'hidden-state', at })
    expect(refused.title).toContain(`may not depend on hidden state: ${sentence}`)
    expect(refused.hint).not.toBe('')
  })

  test.each([
    [
      'random numbers at the top of the file',
      'const random = Math.random\nexport const score = () => random()',
      'main.ts:2:28',
      'Math.random',
    ],
    [
      'random numbers taken out of Math there',
      'const { random } = Math\nexport const score = () => random()',
      'main.ts:2:28',
      'Math.random',
    ],
    ['Math', 'const M = Math\nexport const score = () => M.random()', 'main.ts:2:28', 'Math under'],
    ['Date', 'const D = Date\nexport const score = () => new D()', 'main.ts:2:32', 'Date under'],
    ['process', 'const p = process\nexport const score = () => p.cwd()', 'main.ts:2:28', 'process reads'],
    ['a method of process', 'const { cwd } = process\nexport const score = () => cwd()', 'main.ts:2:28', 'process.cwd reads'],
    ['the whole environment', 'const { env } = process\nexport const score = () => env.HOME', 'main.ts:2:28', 'process.env reads'],
    ['the global object', 'const g = globalThis\nexport const score = () => g.x', 'main.ts:2:28', 'globalThis uses'],
    ['in data', 'const tools = { now: Date.now }\nexport const score = () => tools.now()', 'main.ts:2:28', 'Date.now reads'],
    ['through a parameter', 'const make = (f) => () => f()\nexport const score = make(Math.random)', 'main.ts:1:27', 'Math.random draws'],
  ])('%s under another name is followed', async (_, main, at, sentence) => {
    const refused = refusal(await loadMain(main))
    expect(refused).toMatchObject({ kind: 'hidden-state', at })
    expect(refused.title).toContain(sentence)
  })

  test.each([
    ['process', "import process from 'node:process'\nexport const score = () => process.pid"],
    ['the clock', "import { performance } from 'perf_hooks'\nexport const score = () => performance.now()"],
    ['random bytes', "import { randomBytes } from 'node:crypto'\nexport const score = () => randomBytes(1)"],
    ['random bytes in a namespace', "import * as crypto from 'node:crypto'\nexport const score = () => crypto.randomInt(3)"],
    ['all of a module with random parts', "import crypto from 'node:crypto'\nexport const score = (name) => crypto[name](1)"],
    ['files', "import { readFileSync } from 'node:fs'\nexport const score = () => readFileSync('x')"],
    ['the network', "import http from 'node:http'\nexport const score = () => http.get('http://localhost')"],
    ['the machine', "import { cpus } from 'node:os'\nexport const score = () => cpus().length"],
    ['other programs', "import { execSync } from 'node:child_process'\nexport const score = () => execSync('date')"],
  ])("%s through Node's modules", async (_, main) => {
    expect(refusal(await loadMain(main))).toMatchObject({
      kind: 'hidden-state',
      at: 'main.ts:2:28'.replace('28', String(main.split('\n')[1]!.indexOf('=> ') + 4)),
    })
  })

  test('in a helper two files away, with the way that leads there', async () => {
    const refused = refusal(
      await loadMain("import { a } from './a.ts'\nexport const score = (x) => a(x)", {
        'a.ts': "import { noise } from './lib/noise.ts'\nexport const a = (x) => noise(x)",
        'lib/noise.ts': '\n\nexport function noise(x: number): number {\n  return x + Math.random()\n}',
      }),
    )
    expect(refused.facts).toEqual([
      ['at', 'lib/noise.ts:4:14'],
      ['reached by', 'score → a → noise'],
    ])
  })
})

describe('what is pure may be used', () => {
  test.each([
    ['members of Math', 'export const score = (x) => { const { sqrt, PI } = Math; return Math.max(sqrt(x), PI) }'],
    ['a date of a given time', 'export const score = (x) => new Date(x).getTime() + Date.UTC(2020, 0) + (x instanceof Date ? 1 : 0)'],
    ['a local of the same name', 'export const score = (Math, process) => Math.random() + process.x'],
    ['this at the top of a file', 'export const score = () => this'],
    ['this and arguments of its own', 'export const score = function () { return [this, arguments.length, () => this] }'],
    [
      'super of a class of its own',
      'class A { f() { return 1 } }\nexport const score = () => new (class extends A { f() { return super.f() } })().f()',
    ],
    [
      'writing to what it made itself',
      'export const score = (xs) => { const seen = {}; for (const x of xs) seen[x] = 1; const list = []; list.push(1); return seen }',
    ],
    [
      'a function called add in captured data',
      'const math = { add: (a, b) => a + b, inner: { set: (x) => x } }\nexport const score = (x) => math.add(x, math.inner.set(1))',
    ],
    ['a regular expression', 'const [words, all] = [/a/, /b/g]\nexport const score = (x) => words.test(x) && x.replace(all, "")'],
    ['random numbers of TensorFlow with a seed', "export const score = ({ tf }) => tf.randomUniform([2], 0, 1, 'float32', 7)"],
    ['a regular expression from text', "export const score = (x) => new RegExp('a').test(x) && RegExp.escape(x)"],
    ['hashing', "import { createHash } from 'node:crypto'\nexport const score = (x) => createHash('sha256').update(x).digest('hex')"],
  ])('%s', async (_, main) => {
    expect(await loadMain(main)).toMatchObject({ score: { hash: expect.stringMatching(/^[0-9a-f]{64}$/) } })
  })

  test('files, where the caller allows it', async () => {
    const main = "import { readFileSync } from 'node:fs'\nexport const score = () => readFileSync('x')"
    expect(await load({ 'main.ts': main }, 'main.ts', { mayReadFiles: true })).toMatchObject({ score: { hash: expect.any(String) } })
  })
})

describe('a capture whose value can change is refused', () => {
  test.each([
    [
      'assigned inside a function',
      'let n = 0\nexport const count = () => { n += 1 }\nexport const score = () => n',
      'main.ts:3:28',
      "'n' is captured and also assigned inside a function",
    ],
    [
      'a counter of its own',
      'const make = () => { let n = 0; return () => n++ }\nexport const score = make()',
      'main.ts:1:46',
      "'n' is captured and also assigned",
    ],
    [
      'a list that grows',
      'const seen = []\nexport const score = (x) => { seen.push(x); return seen.length }',
      'main.ts:2:31',
      "'seen' is captured and push() modifies it",
    ],
    [
      'a memo',
      'const make = (f) => { const memo = new Map(); return (x) => { if (!memo.has(x)) memo.set(x, f(x)); return memo.get(x) } }\nexport const score = make((x) => x)',
      'main.ts:1:68',
      "'memo' is captured and set() modifies it",
    ],
    [
      'a list in an object',
      'const state = { seen: [] }\nexport const score = (x) => state.seen.push(x)',
      'main.ts:2:29',
      "'state' is captured and push() modifies it",
    ],
    [
      'a list under a computed name',
      'const state = { a: [] }\nexport const score = (x) => state[x].push(x)',
      'main.ts:2:29',
      "'state' is captured and push() modifies it",
    ],
    [
      'a regular expression that remembers where it was',
      'const words = /a/g\nexport const score = (x) => words.test(x)',
      'main.ts:2:29',
      "'words' is captured and test() modifies it",
    ],
    [
      'captured bytes',
      'const bytes = new Uint8Array(2)\nexport const score = (x) => bytes.fill(x)',
      'main.ts:2:29',
      "'bytes' is captured and fill() modifies it",
    ],
    [
      'assigned by a function that goes on later',
      'async function make() { let k = 1; const f = (x) => x * k; await 0; k = 2; return f }\nexport const score = await make()',
      'main.ts:1:57',
      "'k' is captured and also assigned",
    ],
    [
      'assigned by a generator',
      'function* make() { let k = 1; yield (x) => x * k; k = 2 }\nexport const score = make().next().value',
      'main.ts:1:48',
      "'k' is captured and also assigned",
    ],
  ])('%s', async (_, main, at, sentence) => {
    const refused = refusal(await loadMain(main))
    expect(refused).toMatchObject({ kind: 'mutable-capture', at })
    expect(refused.title).toContain(sentence)
  })

  test('assigned by a function of the file it is imported from', async () => {
    const main = "import { n } from './count.ts'\nexport const score = () => n"
    const refused = refusal(await loadMain(main, { 'count.ts': 'export let n = 0\nexport const bump = () => { n++ }' }))
    expect(refused).toMatchObject({ kind: 'mutable-capture', at: 'main.ts:2:28' })
    const settled = await loadMain(main, { 'count.ts': 'export let n = 0\nn = 2' })
    expect(settled.score).toHaveProperty('hash')
  })
})

describe('a capture that cannot be seen, or moves on by itself, is refused', () => {
  const captured = (value: string) => `const make = (r) => () => r\nexport const score = make(${value})`
  test.each([
    ['a promise', captured('Promise.resolve(1)'), "'r' is an instance of Promise, which has hidden state"],
    ['a weak map', captured('new WeakMap()'), "'r' is an instance of WeakMap, which has hidden state"],
    ['a weak map in an instance', `class A { own = new WeakMap() }\n${captured('new A()')}`, "'r.own' is an instance of WeakMap"],
    ['a class made of a promise', `class P extends Promise {}\n${captured('P.resolve(1)')}`, "'r' is an instance of P"],
    ['a formatter of the machine', captured('new Intl.NumberFormat()'), "'r' is an instance of NumberFormat"],
    ['a proxy', captured('new Proxy({}, {})'), "'r' is a proxy"],
    ['a proxy deep inside', captured('{ a: [new Proxy({}, {})] }'), "'r.a[0]' is a proxy"],
    ['a proxy in the place of a prototype', captured('Object.create(new Proxy({}, {}))'), "'r' is a proxy"],
    ['a generator', captured('(function* () { yield 1 })()'), "'r' is an iterator, which advances with every use"],
    ['the iterator of a list', captured('[1, 2][Symbol.iterator]()'), "'r' is an iterator"],
    ['the iterator of a map', captured('new Map([[1, 2]]).entries()'), "'r' is an iterator"],
    ['a chain of iterators', captured('[1, 2].values().map(String)'), "'r' is an iterator"],
    ['the trace of a stack', captured("new Error('a').stack"), "'r' is a stack trace"],
    [
      'data that are nested without end',
      `let deep = {}\nfor (let i = 0; i < 1e5; i++) deep = { deep }\n${captured('deep')}`,
      'is nested more than 200 levels deep',
    ],
    ['millions of values', captured('Array.from({ length: 2e6 }, (_, i) => i)'), "'r[1000000]' is made of more than a million values"],
    [
      'functions that reach each other without end',
      `let f = (x) => x\nfor (let i = 0; i < 2000; i++) { const g = f; f = (x) => g(x) }\n${captured('f')}`,
      'has a chain of hundreds of functions and values',
    ],
  ])('%s', async (_, main, sentence) => {
    const refused = refusal(await loadMain(main))
    expect(refused.kind).toBe('capture')
    expect(refused.title).toContain(sentence)
    expect(refused.title.length).toBeLessThan(250)
    expect(refused.hint).not.toBe('')
  })
})

describe('a file that replaces a part of JavaScript is refused: this library runs beside it', () => {
  test.each([
    [
      'a function',
      'const { max } = Math\nMath.max = (...all) => max(...all)\nglobalThis.undo = () => { Math.max = max }',
      'Math.max',
      'main.ts:2:12',
    ],
    [
      'a global',
      'const before = parseInt\nglobalThis.parseInt = () => 1\nglobalThis.undo = () => { globalThis.parseInt = before }',
      'parseInt',
      'main.ts:2:23',
    ],
    [
      'a method of all lists',
      'const { at } = Array.prototype\nArray.prototype.at = function (i) { return at.call(this, i) }\nglobalThis.undo = () => { Array.prototype.at = at }',
      'Array.prototype.at',
      'main.ts:2:31',
    ],
    [
      'what every object has',
      'Object.prototype.k = 1\nglobalThis.undo = () => { delete Object.prototype.k }',
      'Object.prototype.k',
      undefined,
    ],
    [
      'a hidden one, of all iterators',
      'const P = Object.getPrototypeOf([].values())\nconst { next } = P\nP.next = function () { return next.call(this) }\nglobalThis.undo = () => { P.next = next }',
      '%ArrayIterator%.prototype.next',
      'main.ts:3:19',
    ],
  ])('%s', async (_, main, name, at) => {
    const refused = refusal(await loadMain(`${main}\nexport const score = (x) => x`))
    expect(refused.title).toContain(`${name} was modified while the file was loaded`)
    expect(refused.at).toBe(at)
  })
})

describe('functions from elsewhere', () => {
  test.each([
    ['a native function itself', 'export const score = [].push.bind([])', 'does not come from this project'],
    [
      'a proxy around a function',
      'const make = (f) => (x) => f(x)\nexport const score = make(new Proxy((x) => x, {}))',
      "'f' is a function that does not come from",
    ],
    [
      "a function of one of Node's modules as a value",
      "import { join } from 'node:path'\nconst make = (f) => (x) => f(x)\nexport const score = make(join)",
      "'f' is a function that does not come from",
    ],
  ])('%s is refused', async (_, main, sentence) => {
    const refused = refusal(await loadMain(main))
    expect(refused.kind).toBe('foreign-function')
    expect(refused.title).toContain(sentence)
  })
})

test('a CommonJS module is refused by name', async () => {
  const refused = refusal(
    await loadMain("import { helper } from './lib.cjs'\nexport const score = (x) => helper(x)", { 'lib.cjs': 'exports.helper = (x) => x' }),
  )
  expect(refused).toMatchObject({ kind: 'module', title: 'lib.cjs is a CommonJS module. Its names cannot be analysed.' })
})

test('after a refusal the same helpers are refused again, not taken for known', async () => {
  const results = await loadMain(
    'const bad = () => Math.random()\nconst a = (x) => (x > 0 ? b(x - 1) : bad())\nconst b = (x) => a(x)\nexport const score = (x) => a(x)\nexport const other = (x) => b(x)\nexport const fine = (x) => x',
  )
  expect(refusal(results, 'score').kind).toBe('hidden-state')
  expect(refusal(results, 'other').kind).toBe('hidden-state')
  expect(results.fine).toHaveProperty('hash')
})
