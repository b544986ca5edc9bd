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
    ['a dynamic import', "export const score = () => import('./other.ts')", 'main.ts:1:28', 'import() loads code that cannot be followed'],
    ['where the file lies', 'export const score = () => import.meta.url', 'main.ts:1:28', 'import.meta depends on where the file lies'],
    ['eval', "export const score = () => eval('1')", 'main.ts:1:28', 'eval runs text as code'],
    ['the Function constructor', "export const score = () => new Function('return 1')", 'main.ts:1:32', 'Function runs text as code'],
    ['the global object', 'export const score = () => globalThis.x', 'main.ts:1:28', 'globalThis reaches global state'],
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
      'kept comes from outside and is changed here',
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
    ['the global object', 'const g = globalThis\nexport const score = () => g.x', 'main.ts:2:28', 'globalThis reaches'],
    ['in data', 'const tools = { now: Date.now }\nexport const score = () => tools.now()', 'main.ts:2:28', 'Date.now reads'],
    ['through a parameter', 'const make = (f) => () => f()\nexport const score = make(Math.random)', 'main.ts:1:27', 'Math.random draws'],
    [
      'in an instance made of it',
      'class Rng { constructor(s) { this.s = s } }\nconst rng = new Rng(Math.random())\nexport const score = () => rng.s',
      'main.ts:2:21',
      'Math.random draws',
    ],
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
      "'seen' is captured and push() changes it",
    ],
    [
      'a memo',
      'const make = (f) => { const memo = new Map(); return (x) => { if (!memo.has(x)) memo.set(x, f(x)); return memo.get(x) } }\nexport const score = make((x) => x)',
      'main.ts:1:68',
      "'memo' is captured and set() changes it",
    ],
    [
      'a list in an object',
      'const state = { seen: [] }\nexport const score = (x) => state.seen.push(x)',
      'main.ts:2:29',
      "'state' is captured and push() changes it",
    ],
    [
      'a list under a computed name',
      'const state = { a: [] }\nexport const score = (x) => state[x].push(x)',
      'main.ts:2:29',
      "'state' is captured and push() changes it",
    ],
    [
      'a regular expression that remembers where it was',
      'const words = /a/g\nexport const score = (x) => words.test(x)',
      'main.ts:2:29',
      "'words' is captured and test() changes it",
    ],
    [
      'captured bytes',
      'const bytes = new Uint8Array(2)\nexport const score = (x) => bytes.fill(x)',
      'main.ts:2:29',
      "'bytes' is captured and fill() changes it",
    ],
    [
      'an instance changed after it was made',
      'class Table { rows = new Map(); add(k, v) { this.rows.set(k, v) } }\nconst table = new Table()\ntable.add(1, 2)\nexport const score = (x) => table.rows.get(x)',
      'main.ts:4:29',
      "'table' is known by the expression that makes it",
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

  test('an instance of another file changed by the importing file', async () => {
    const refused = refusal(
      await loadMain("import { table } from './table.ts'\ntable.add(1)\nexport const score = () => table.rows", {
        'table.ts': 'class Table { rows = []; add(x) { this.rows.push(x) } }\nexport const table = new Table()',
      }),
    )
    expect(refused.kind).toBe('mutable-capture')
    expect(refused.facts).toContainEqual(['changed at', 'main.ts:2:1'])
  })
})

describe('a capture that is not plain data is refused', () => {
  const captured = (value: string) => `const make = (r) => () => r\nexport const score = make(${value})`
  test.each([
    ['an instance', `class Ramp {}\n${captured('new Ramp()')}`, 'main.ts:2:27', "'r' is an instance of Ramp"],
    [
      'an instance deep inside',
      `class Ramp {}\n${captured('{ steps: [1, new Ramp()] }')}`,
      'main.ts:2:27',
      "'r.steps[1]' is an instance of Ramp",
    ],
    ['a promise', captured('Promise.resolve(1)'), 'main.ts:1:27', "'r' is an instance of Promise"],
    ['a weak map', captured('new WeakMap()'), 'main.ts:1:27', "'r' is an instance of WeakMap"],
    ['a map with a class of its own', `class M extends Map {}\n${captured('new M()')}`, 'main.ts:2:27', "'r' is an instance of M"],
    ['a symbol', captured("Symbol('a')"), 'main.ts:1:27', "'r' is a symbol"],
    ['a symbol as a key', captured("{ [Symbol('a')]: 1 }"), 'main.ts:1:27', "'r' is an object with a symbol as a key"],
    ['a getter', captured('{ get now() { return 1 } }'), 'main.ts:1:27', "'r.now' is a property that is computed when it is read"],
    [
      'a getter in a captured constant',
      'const r = { get now() { return 1 } }\nexport const score = () => r.now',
      'main.ts:2:28',
      "'r.now' is a property that is computed",
    ],
    [
      'data that contains itself',
      captured('(() => { const a = []; a.push(a); return a })()'),
      'main.ts:1:27',
      "'r[0]' is data that contains itself",
    ],
    ['a proxy', captured('new Proxy({}, {})'), 'main.ts:1:27', "'r' is a proxy"],
    [
      'a list with a property',
      captured('Object.assign([1], { scale: 2 })'),
      'main.ts:1:27',
      "'r' is an object with properties besides its data",
    ],
    [
      'bytes with a property',
      captured('Object.assign(new Float32Array(3), { scale: 2 })'),
      'main.ts:1:27',
      "'r' is an object with properties besides its data",
    ],
    [
      'a hidden property',
      captured("Object.defineProperty({}, 'a', { value: 1 })"),
      'main.ts:1:27',
      "'r.a' is an object with properties besides its data",
    ],
  ])('%s', async (_, main, at, sentence) => {
    const refused = refusal(await loadMain(main))
    expect(refused).toMatchObject({ kind: 'capture', at, hint: 'Capture plain data or functions, or make it inside the function.' })
    expect(refused.title).toContain(sentence)
  })

  test.each([
    [
      'a helper',
      'const helper = (x) => x\nhelper.scale = 2\nexport const score = (x) => helper(x) * helper.scale',
      "'helper' is a function with a property of its own, 'scale'",
    ],
    [
      'the function itself',
      'export const score = Object.assign((x) => x, { scale: 2 })',
      "'an unnamed function' is a function with a property of its own, 'scale'",
    ],
    [
      'a captured function',
      'const make = (f) => (x) => f(x)\nexport const score = make(Object.assign((x) => x, { [Symbol.iterator]: 1 }))',
      'Symbol(Symbol.iterator)',
    ],
    ['a constructor', 'function Ramp() {}\nRamp.prototype.at = (x) => x\nexport const score = (x) => new Ramp().at(x)', "'prototype.at'"],
    ['a class', 'class Ramp { at(x) { return x } }\nRamp.extra = 1\nexport const score = (x) => new Ramp().at(x)', "'extra'"],
    [
      "a class's instances",
      'class Ramp { at(x) { return x } }\nRamp.prototype.extra = (x) => x\nexport const score = (x) => new Ramp().at(x)',
      "'prototype.extra'",
    ],
    [
      'a parent put behind a function',
      'const helper = Object.setPrototypeOf((x) => x, { k: 1 })\nexport const score = (x) => helper.k',
      "'__proto__'",
    ],
  ])('%s with a property of its own', async (_, main, sentence) => {
    const refused = refusal(await loadMain(main))
    expect(refused.kind).toBe('function-properties')
    expect(refused.title).toContain(sentence)
  })
})

describe('functions from elsewhere', () => {
  test.each([
    [
      'a bound function through a parameter',
      'const make = (f) => (x) => f(x)\nexport const score = make(((k, x) => k + x).bind(null, 1))',
      "'f' is a function that does not come from this project's files",
    ],
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
  expect(refused).toMatchObject({ kind: 'module', title: 'lib.cjs is a CommonJS module, whose names cannot be followed.' })
})

test('after a refusal the same helpers are refused again, not taken for known', async () => {
  const results = await loadMain(
    'const bad = () => Math.random()\nconst a = (x) => (x > 0 ? b(x - 1) : bad())\nconst b = (x) => a(x)\nexport const score = (x) => a(x)\nexport const other = (x) => b(x)\nexport const fine = (x) => x',
  )
  expect(refusal(results, 'score').kind).toBe('hidden-state')
  expect(refusal(results, 'other').kind).toBe('hidden-state')
  expect(results.fine).toHaveProperty('hash')
})
