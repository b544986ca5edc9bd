import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Files, hashOf, load, loadMain, partsOf, refusal } from './project.ts'

const version = (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }).version

function tiny(version: string | undefined, name = 'tiny'): Files {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({
      name,
      version,
      type: 'module',
      exports: { '.': './index.js', './deep': './index.js' },
    }),
    [`node_modules/${name}/index.js`]:
      'export const f = (x) => x\nexport const g = (x) => x\nexport class Box { constructor(size) { this.size = size } }\nexport const counter = (k) => () => k++\nexport const drawn = Math.random()\nexport const settings = { k: 1 }\nexport default f\n',
  }
}

const uses = (results: Parameters<typeof partsOf>[0]) => partsOf(results)[0]!.uses

describe('following ends at packages', () => {
  test.each([
    ["import { f } from 'tiny'", 'f(x)', 'tiny@1.0.0#f'],
    ["import f from 'tiny'", 'f(x)', 'tiny@1.0.0#default'],
    ["import * as tiny from 'tiny'", 'tiny.f(x)', 'tiny@1.0.0#f'],
    ["import * as tiny from 'tiny'", 'Object.keys(tiny)', 'tiny@1.0.0#*'],
    ["import { f } from 'tiny/deep'", 'f(x)', 'tiny/deep@1.0.0#f'],
    ["import { f } from '@scope/tiny/deep'", 'f(x)', '@scope/tiny/deep@1.0.0#f'],
    ["import { f } from './again.ts'", 'f(x)', 'tiny@1.0.0#f'],
    ["import { h } from './again.ts'", 'h(x)', 'tiny@1.0.0#g'],
    ["import { all } from './again.ts'", 'all.f(x)', 'tiny@1.0.0#*'],
    ["import { posix } from 'node:path'", 'posix.join(x)', 'node:path#posix'],
    ["import path from 'path'", 'path.join(x)', 'node:path#join'],
  ])('%s … %s is %s', async (line, body, from) => {
    const again = "export * from 'tiny'\nexport { g as h } from 'tiny'\nexport * as all from 'tiny'\n"
    const results = await loadMain(`${line}\nexport const score = (x) => ${body}`, {
      ...tiny('1.0.0'),
      ...tiny('1.0.0', '@scope/tiny'),
      'again.ts': again,
    })
    expect(uses(results)).toEqual([expect.objectContaining({ from })])
  })

  test('this library is known by its own version', async () => {
    const results = await loadMain("import { f } from 'espalier'\nexport const score = (x) => f(x)", tiny('99.0.0', 'espalier'))
    expect(uses(results)).toEqual([{ name: 'f', from: `espalier@${version}#f` }])
  })

  test('what a package makes is known by its version, its place and what it holds', async () => {
    const box = (given: string) => `import { Box } from 'tiny'\nconst box = new Box(${given})\nexport const score = (x) => [box, x]`
    expect(hashOf(await loadMain(box('1'), tiny('1.0.0')))).not.toBe(hashOf(await loadMain(box('2'), tiny('1.0.0'))))
    expect(hashOf(await loadMain(box('1'), tiny('1.0.0')))).not.toBe(hashOf(await loadMain(box('1'), tiny('1.0.1'))))
    const counter = (calls: string) =>
      `import { counter } from 'tiny'\nconst next = counter(1)\n${calls}\nexport const score = () => next()`
    expect(hashOf(await loadMain(counter(''), tiny('1.0.0')))).not.toBe(hashOf(await loadMain(counter('next()'), tiny('1.0.0'))))
  })

  test('what a project has put into a package counts, and what constants the package has', async () => {
    const settings = (line: string) =>
      `import { f, Box, settings } from 'tiny'\n${line}\nexport const score = (x) => [f(x), new Box(x), settings.k]`
    const hashes: string[] = []
    for (const line of ['', 'settings.k = 2', 'Box.prototype.at = (x) => x', 'Box.prototype.at = (x) => x + 1', 'f.by = (x) => x'])
      hashes.push(hashOf(await loadMain(settings(line), tiny('1.0.0'))))
    expect(new Set(hashes).size).toBe(hashes.length)
    const drawn = "import { drawn } from 'tiny'\nexport const score = () => drawn"
    expect(hashOf(await loadMain(drawn, tiny('1.0.0')))).not.toBe(hashOf(await loadMain(drawn, tiny('1.0.0'))))
  })

  test("what a project has put into one of Node's modules counts", async () => {
    const main = (k: number) =>
      `import path from 'node:path'\nconst { join } = path\npath.join = () => ${k}\nglobalThis.undo = () => { path.join = join }\nexport const score = (x) => path.join(x)`
    expect(hashOf(await loadMain(main(1)))).not.toBe(hashOf(await loadMain(main(2))))
  })

  test('what a package has made may not advance', async () => {
    const main = "import { counter } from 'tiny'\nconst next = counter(1)\nexport const score = () => next()"
    const { score } = await load({ 'main.ts': main, ...tiny('1.0.0') }, 'main.ts', { call: ['score'] })
    expect(score).toMatchObject({ changed: { before: '1', after: '2' } })
  })

  test("a package's function as a value is known by its place", async () => {
    const files = {
      'main.ts': "import { f } from 'espalier'\nconst make = (g) => (x) => g(x)\nexport const score = make(f)\nexport { f }",
      ...tiny('1.0.0', 'espalier'),
    }
    expect(partsOf(await load(files))[1]).toMatchObject({ name: 'f', place: 'espalier@1.0.0/index.js:1' })
  })

  test('a package without a version is refused', async () => {
    const refused = refusal(await loadMain("import { f } from 'tiny'\nexport const score = (x) => f(x)", tiny(undefined)))
    expect(refused).toMatchObject({ kind: 'module', at: 'main.ts:2:29', title: expect.stringContaining('The package tiny has no version') })
  })
})

describe('links are files of the project', () => {
  const linked = (body: string): Files => ({
    'packages/linked/package.json': '{ "name": "linked", "version": "1.0.0", "type": "module", "exports": "./index.ts" }',
    'packages/linked/index.ts': `export const f = (x: number) => ${body}\nexport const k = [1]\n`,
    'node_modules/linked': '-> ../packages/linked',
  })
  const main = "import { f, k } from 'linked'\nexport const score = (x) => f(x) + k[0]"

  test('their code is part of the meaning', async () => {
    const one = hashOf(await loadMain(main, linked('x + 1')))
    expect(hashOf(await loadMain(main, linked('(x + 1) /* one more */')))).toBe(one)
    expect(hashOf(await loadMain(main, linked('x + 2')))).not.toBe(one)
    expect(hashOf(await loadMain('const f = (x) => x + 1\nconst k = [1]\nexport const score = (x) => f(x) + k[0]'))).toBe(one)
  })

  test('a namespace of one, member by member', async () => {
    expect(hashOf(await loadMain("import * as l from 'linked'\nexport const score = (x) => l.f(x) + l.k[0]", linked('x + 1')))).toBe(
      hashOf(await loadMain(main, linked('x + 1'))),
    )
  })

  test('what they may not do is refused in their file', async () => {
    expect(refusal(await loadMain(main, linked('x + Math.random()')))).toMatchObject({
      kind: 'hidden-state',
      at: 'packages/linked/index.ts:1:37',
    })
  })

  test("a project's imports by its own name and by # lead to its files", async () => {
    const files = (specifier: string): Files => ({
      'package.json': '{ "name": "mine", "type": "module", "imports": { "#lib": "./lib.ts" }, "exports": { "./lib": "./lib.ts" } }',
      'lib.ts': 'export const f = (x: number) => x + 1\nexport const k = [1]\n',
      'main.ts': main.replace('linked', specifier),
    })
    const one = hashOf(await loadMain(main, linked('x + 1')))
    for (const specifier of ['#lib', 'mine/lib', './lib.ts']) expect(hashOf(await load(files(specifier)))).toBe(one)
  })
})

test('a file outside the project is refused by name', async () => {
  const files = { 'app/main.ts': "import { f } from '../node_modules/tiny/index.js'\nexport const score = (x) => f(x)", ...tiny('1.0.0') }
  expect(refusal(await load(files, 'app/main.ts'))).toMatchObject({
    kind: 'module',
    title: 'node_modules/tiny/index.js is imported but is not in the project.',
  })
})
