import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { why, whyRewind } from '../../dsl/why.ts'

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

test('every sentence of a refusal is on the page', () => {
  const missing = [...Object.values(why), whyRewind('early')].filter(({ title, hint }) => !page.includes(`| ${title} | ${hint} |`))
  expect(missing).toEqual([])
})

test('every verb has a section', () => {
  const verbs = ['init', 'train', 'finetune', 'prune', 'rewind', 'reinit', 'snapshot', 'distill', 'evaluate', 'repeat', 'pipe']
  expect([...page.matchAll(/^### (\w+)$/gm)].map(([, verb]) => verb)).toEqual(verbs)
})
