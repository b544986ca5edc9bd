import { beforeAll, describe, expect, test } from 'vitest'
import { changing, type Edit, keeping, project } from './edits.ts'
import { hashOf, load, loadMain } from './project.ts'

async function after(edit: Edit): Promise<string> {
  const files: { [path: string]: string } = { ...project }
  edit(files)
  expect(files).not.toEqual(project)
  return hashOf(await load(files))
}

let original: string
beforeAll(async () => {
  original = hashOf(await load(project))
})

describe('edits that keep the meaning keep the fingerprint', () => {
  test.each(Object.entries(keeping))('%s', async (_, edit) => {
    expect(await after(edit)).toBe(original)
  })
})

describe('edits that change the meaning change the fingerprint, each to its own', () => {
  const seen = new Map<string, string>()
  test.each(Object.entries(changing))('%s', async (name, edit) => {
    const hash = await after(edit)
    expect(hash).not.toBe(original)
    expect(seen.get(hash)).toBeUndefined()
    seen.set(hash, name)
  })
})

describe('code that looks alike and means something else is told apart', () => {
  test.each([
    ['(a) => (a?.b).c', '(a) => a?.b.c'],
    ['(a) => ({ __proto__: a })', "(a) => ({ ['__proto__']: a })"],
    ['(a) => ({ __proto__: a })', '(__proto__) => ({ __proto__ })'],
    ['(n) => { a: for (;;) for (;;) break a }', '(n) => { a: for (;;) for (;;) break }'],
    ['(n) => { a: for (;;) b: for (;;) continue a }', '(n) => { a: for (;;) b: for (;;) continue b }'],
    ['(a) => ({})', '(a) => {}'],
    ['(a, b) => [a, b]', '(a, b) => [b, a]'],
    ['(a) => a', "(a) => 'a'"],
    ['(a) => a.b', '(a) => a[b]; const b = 1'],
    [`(a) => \`\${a}\``, `(a) => '\${a}'`],
    ['(a) => String.raw`\\n`', '(a) => String.raw`\n`'],
    ['(a) => [, a]', '(a) => [undefined, a]'],
    ['(a) => { if (a) { let b; b } }', '(a) => { if (a) {} let b; b }'],
    ['(a) => { for (const b of a) b }', '(a) => { for (const b in a) b }'],
    ['async (a) => { for (const b of a) b }', 'async (a) => { for await (const b of a) b }'],
    ['(a) => a++', '(a) => ++a'],
    ['function* (a) { yield a }', 'function* (a) { yield* a }'],
    ['class { a() {} }', 'class { static a() {} }'],
    ['class { a() {} }', 'class { a = function () {} }'],
    ['class { get a() { return 1 } }', 'class { a() { return 1 } }'],
    ['(a) => { const f = (a) => a; return f }', '(a) => { const f = (b) => a; return f }'],
    ['(a) => (b) => [a, b]', '(a) => (b) => [b, a]'],
    ['(a) => /b/g', '(a) => /b/i'],
    ['(a) => 1', '(a) => 1n'],
    ['(a = 1) => a', '(a) => (a ??= 1)'],
    ['({ a, ...b }) => b', '({ ...b }) => b'],
  ])('%s and %s', async (one, other) => {
    const file = (code: string) => `export const score = ${code}`
    expect(hashOf(await loadMain(file(one)))).not.toBe(hashOf(await loadMain(file(other))))
  })
})
