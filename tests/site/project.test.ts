/** The files about the project agree with it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
const { version, license, scripts } = JSON.parse(read('package.json')) as { version: string; license: string; scripts: object }

test('README is short, and leads on', () => {
  const readme = read('README.md')
  expect(readme.split('\n').length).toBeLessThan(120)
  for (const page of ['tutorial', 'first-pipeline', 'language', 'commands', 'keys', 'faq', 'results'])
    expect(readme).toContain(`(docs/${page}.md)`)
  for (const file of ['CONTRIBUTING.md', 'SECURITY.md', 'CITATION.cff', 'CHANGELOG.md', 'LICENSE']) expect(readme).toContain(`(${file})`)
})

test('the changelog has the version, or what is to come', () => {
  const [newest] = [...read('CHANGELOG.md').matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
  expect(
    [`Unreleased`, `${version} - `].some((begins) => newest!.startsWith(begins)),
    newest,
  ).toBe(true)
  const kinds = [...read('CHANGELOG.md').matchAll(/^### (.*)$/gm)].map(([, kind]) => kind)
  expect(kinds.filter((kind) => !['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'].includes(kind!))).toEqual([])
})

test('the citation is of this version, under its licence', () => {
  const citation = read('CITATION.cff')
  expect(citation).toContain('\ncff-version: 1.2.0\n'.trimStart())
  expect(citation).toContain(`\nversion: ${version}\n`)
  expect(citation).toContain(`\nlicense: ${license}\n`)
  for (const required of ['message', 'title', 'authors']) expect(citation).toMatch(new RegExp(`^${required}:`, 'm'))
})

test('every npm script that a page names is there', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'docs/architecture.md',
    'docs/benchmarks.md',
    'docs/first-pipeline.md',
    'docs/looking.md',
    'docs/keys.md',
  ]
  const named = pages.flatMap((page) => [...read(page).matchAll(/npm run ([\w-]+)/g)].map(([, script]) => script!))
  expect(named.length).toBeGreaterThan(15)
  expect([...new Set(named)].filter((script) => !(script in scripts))).toEqual([])
})
