import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { why, whyRewind } from '../../dsl/check/why.ts'
import * as library from '../../stdlib/index.ts'
import { adam, digits, lenet300, task } from '../../stdlib/index.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/language.md'), 'utf8')
const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)

/** The page says that every example stands under the lines of the first. */
const setting = (blocks[0] ?? '').replace(/^export default .*\n/m, '')

test('every example on the page compiles', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(12)
  const folder = mkdtempSync(join(import.meta.dirname, '.blocks-'))
  try {
    const files = blocks.map((code, i) => {
      const file = `example-${i + 1}.pipeline.ts`
      writeFileSync(join(folder, file), i === 0 ? code : `${setting}\n${code}`)
      return file
    })
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../../tsconfig.json', files, include: [], exclude: [] }))
    const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.', '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(stdout.split('\n').filter((line) => /^(example-|error)/.test(line))).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('every name that a pipeline file can import as a function is on the page', () => {
  const forTheLibrary = ['modelOf', 'dataOf', 'PipelineProblem']
  const missing = Object.entries(library).filter(([name, value]) => typeof value === 'function' && !page.includes(`${name}(`))
  expect(missing.map(([name]) => name).filter((name) => !forTheLibrary.includes(name))).toEqual([])
})

test('every sentence of a refusal is on the page', () => {
  const missing = [...Object.values(why), whyRewind('early')].filter(({ title, hint }) => !page.includes(`| ${title} | ${hint} |`))
  expect(missing).toEqual([])
})

test('every verb has a section', () => {
  const pipeline = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 }).init()
  const verbs = Object.getOwnPropertyNames(Object.getPrototypeOf(pipeline)).filter((name) => name !== 'constructor' && name !== 'custom')
  expect([...page.matchAll(/^### (\w+)$/gm)].map(([, verb]) => verb).sort()).toEqual(['init', ...verbs].sort())
})
