import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/methods.md'), 'utf8')

test('every file of a method is on the page, with all that it exports', () => {
  const missing = globSync('stdlib/methods/*.ts', { cwd: root }).flatMap((file) => {
    const exported = [...readFileSync(join(root, file), 'utf8').matchAll(/^export const (\w+)/gm)].map(([, name]) => `\`${name}()\``)
    return [`\`${basename(file)}\``, ...exported].filter((name) => !page.includes(name))
  })
  expect(missing).toEqual([])
})

test('every test file that it names is there', () => {
  const files = globSync('tests/**/*.test.ts', { cwd: root })
  const named = [...page.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, file]) => file!)
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter((file) => !files.some((one) => one.endsWith(`/${file}`)))).toEqual([])
})

test('what it quotes of a test is in that file', () => {
  // `file.test.ts`: the beginning of a title, up to the next `;`, `.` or `…`.
  const quotes = [...page.matchAll(/`([\w/-]+\.test\.ts)`: ([^`|;…(]+)/g)].map(([, file, title]) => [file!, title!.trim()] as const)
  expect(quotes.length).toBeGreaterThan(25)
  const wrong = quotes.filter(([file, title]) => {
    const found = globSync(`tests/**/${basename(file)}`, { cwd: root }).find((one) => one.endsWith(`/${file}`))
    return found === undefined || !readFileSync(join(root, found), 'utf8').replaceAll("\\'", "'").includes(title)
  })
  expect(wrong).toEqual([])
})
