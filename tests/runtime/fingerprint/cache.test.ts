import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { project } from './edits.ts'
import { ask, hashOf, refusal, write } from './project.ts'
import type { Answer } from './runner.ts'

/** The fingerprints as a process that has seen nothing yet finds them. */
function inNewProcess(root: string, cache: string): Answer {
  const request = JSON.stringify({ id: 0, root, entry: join(root, 'main.ts'), cache })
  const { stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('./once.ts', import.meta.url)), request], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('') // no warning that an interface of Node may change, either
  return JSON.parse(stdout) as Answer
}

describe('what is known of a file is kept by its content', () => {
  test('a second process parses nothing and does not load the parser', () => {
    const root = write(project)
    const cache = join(root, 'cache')
    const first = inNewProcess(root, cache)
    expect([...first.parsed].sort()).toEqual(['lib/constants.ts', 'lib/norm.ts', 'main.ts'].map((path) => join(root, path)))
    expect(first.parser).toBe(true)
    const second = inNewProcess(root, cache)
    expect(second).toMatchObject({ parsed: [], parser: false })
    expect(second.results).toEqual(first.results)
  })

  test('after an edit only the edited file is parsed, and after taking it back none', () => {
    const root = write(project)
    const cache = join(root, 'cache')
    const first = inNewProcess(root, cache)
    writeFileSync(join(root, 'lib/norm.ts'), project['lib/norm.ts'].replace('Math.sqrt', 'Math.cbrt'))
    const edited = inNewProcess(root, cache)
    expect(edited.parsed).toEqual([join(root, 'lib/norm.ts')])
    expect(hashOf(edited.results)).not.toBe(hashOf(first.results))
    writeFileSync(join(root, 'lib/norm.ts'), project['lib/norm.ts'])
    expect(inNewProcess(root, cache)).toMatchObject({ parsed: [], results: first.results })
  })

  test('the same content in another place is known', async () => {
    const [root, other] = [write(project), write(project)]
    const cache = join(root, 'cache')
    expect((await ask({ root, entry: join(root, 'main.ts'), cache })).parsed).toHaveLength(3)
    expect((await ask({ root: other, entry: join(other, 'main.ts'), cache })).parsed).toEqual([])
  })

  test('a damaged entry is made again', async () => {
    const [root, other] = [write(project), write(project)]
    const cache = join(root, 'cache')
    const first = await ask({ root, entry: join(root, 'main.ts'), cache })
    for (const name of readdirSync(cache)) writeFileSync(join(cache, name), readFileSync(join(cache, name), 'utf8').slice(0, 100))
    const second = await ask({ root: other, entry: join(other, 'main.ts'), cache })
    expect(second.parsed).toHaveLength(3)
    expect(second.results).toEqual(first.results)
  })

  test('the folder does not grow without end', async () => {
    const root = write(project)
    const cache = join(root, 'cache')
    mkdirSync(cache)
    for (let i = 0; i < 4096; i++) writeFileSync(join(cache, `${String(i).padStart(64, '0')}.json`), '{}')
    await ask({ root, entry: join(root, 'main.ts'), cache })
    expect(readdirSync(cache).length).toBeLessThan(2100)
  })
})

describe('a file that is no longer what was loaded is noticed', () => {
  const rewritten = async (path: string, from: string, to: string) => {
    const root = write(project)
    const text = project[path as keyof typeof project].replace(from, to)
    const { results } = await ask({ root, entry: join(root, 'main.ts'), rewrite: { path: join(root, path), text } })
    return refusal(results)
  }

  test('in the function itself', async () => {
    expect(await rewritten('main.ts', '**', '*')).toMatchObject({ kind: 'changed', at: expect.stringMatching(/^main\.ts:/) })
  })

  test('in a helper of another file', async () => {
    const refused = await rewritten('lib/norm.ts', 'const center', 'let center')
    expect(refused).toMatchObject({ kind: 'changed', title: expect.stringContaining("'normalise' differs from the code in its file") })
  })

  test('in the exports', async () => {
    expect(await rewritten('lib/norm.ts', 'export const normalise', 'const normalise')).toMatchObject({
      kind: 'module',
      title: "./lib/norm.ts has no export 'normalise'.",
    })
  })

  test('when it cannot be read at all', async () => {
    const refused = await rewritten('lib/norm.ts', 'export const normalise =', 'export const normalise')
    expect(refused.kind).toBe('syntax')
  })
})
