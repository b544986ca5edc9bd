import { execFileSync } from 'node:child_process'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { TargetName } from '../../../../runtime/format/target-name.ts'
import { LoadProblem } from '../../../../runtime/problem.ts'
import { type LoadLimits, loadPipelines } from '../../../../runtime/project/load/loader.ts'
import { startAhead } from '../../../../runtime/project/load/thread.ts'
import { fileOf, folderOf, head, ownCopy } from './pipeline-files.ts'

const load = (file: string, target?: string, limits?: LoadLimits) => loadPipelines({ file, target }, limits)

/** The problem that refuses a file. */
async function refusal(name: string | TargetName, limits?: LoadLimits): Promise<LoadProblem> {
  const target = typeof name === 'string' ? { file: name, target: undefined } : name
  const problem = await loadPipelines(target, limits).then(
    () => undefined,
    (cause: unknown) => cause,
  )
  if (!(problem instanceof LoadProblem)) throw new Error(`not refused with a LoadProblem: ${problem}`)
  return problem
}

const fact = ({ facts }: LoadProblem, name: string) => facts.find(([label]) => label === name)?.[1]

test('the default export is the default target, and the files of the project that were loaded are told', async () => {
  const folder = folderOf({
    'depth.ts': 'export const depth = 0.9\n',
    'a.pipeline.ts': `${head}import { depth } from './depth.ts'\nexport const other = train()\nexport default train().prune(depth)\n`,
  })
  const { graph, target, files } = await load(join(folder, 'a.pipeline.ts'))
  expect(target).toBe('default')
  expect(graph.stages.map(({ kind }) => kind)).toEqual(['init', 'train', 'prune', 'evaluate'])
  expect(graph.stages.find(({ kind }) => kind === 'prune')?.at).toMatchObject({ file: join(folder, 'a.pipeline.ts'), line: 5 })
  expect(files).toEqual(expect.arrayContaining([join(folder, 'a.pipeline.ts'), join(folder, 'depth.ts')]))
})

test('a named export is chosen by its name, the only one without a name', async () => {
  const two = fileOf(`${head}export const dense = train()\nexport const ticket = train().prune(0.9).rewind().train()\n`)
  expect((await load(two, 'ticket')).graph.stages.map(({ kind }) => kind)).toContain('rewind')
  expect((await load(two, 'dense')).graph.stages.map(({ kind }) => kind)).not.toContain('rewind')
  expect((await load(fileOf(`${head}export const only = train()\nexport const note = 'text'\n`))).target).toBe('only')
})

test('pipelines made by another copy of the library are recognised and compiled alike', async () => {
  const folder = folderOf({})
  const library = ownCopy(folder)
  const body = head.slice(head.indexOf('\n')).concat('export default train().prune(0.9).rewind().train()\n')
  const other = fileOf(`import { adam, compare, digits, lenet300, task } from '${library}'${body}`)
  const own = fileOf(`${head.split('\n')[0]}${body}`)
  const shape = async (file: string) => (await load(file)).graph.stages.map(({ at: _, ...stage }) => stage)
  expect(await shape(other)).toEqual(await shape(own))
})

test('each load has a module graph of its own: nothing stays between two', async () => {
  const file = fileOf(`${head}globalThis.loads = (globalThis.loads ?? 0) + 1
if (globalThis.loads > 1) throw new Error('loaded twice')
export default train()
`)
  await load(file)
  await load(file)
  expect('loads' in globalThis).toBe(false)
})

test('several targets without a default one are listed', async () => {
  const problem = await refusal(fileOf(`${head}export const dense = train()\nexport const ticket = train().prune(0.9)\n`))
  expect(problem.title).toMatch(/several targets/)
  expect(fact(problem, 'targets')).toBe('dense, ticket')
  expect(problem.hint).toMatch(/#dense, or all: '.*#\*'$/)
})

test('all targets are one graph: what they share is there once, and their arms have the name of their target', async () => {
  const file = fileOf(`${head}export const dense = train()\nexport const ticket = dense.prune(0.9)\nexport default ticket\n`)
  const { graph, target } = await loadPipelines({ file, target: '*' })
  expect([target, graph.stages.filter(({ kind }) => kind === 'train').length]).toEqual(['*', 1])
  expect(graph.targets.map(({ name, arms }) => [name, arms.map(({ labels }) => labels)])).toEqual([
    ['dense', [[{ axis: 'target', value: 'dense' }]]],
    ['ticket', [[{ axis: 'target', value: 'ticket' }]]],
  ])
})

test('an unknown target is answered with those there are and the nearest one', async () => {
  const file = fileOf(`${head}export const dense = train()\nexport const ticket = train().prune(0.9)\n`)
  const problem = await refusal({ file, target: 'tikcet' })
  expect(problem.title).toBe("The pipeline file has no target called 'tikcet'.")
  expect(fact(problem, 'targets')).toBe('dense, ticket')
  expect(problem.hint).toBe(`Did you mean ${file}#ticket?`)
})

test('a file without a pipeline is answered with what it exports', async () => {
  const problem = await refusal(fileOf('export const a = 1\nexport function helper() {}\n'))
  expect(problem.title).toMatch(/exports no pipeline and no study/)
  expect(fact(problem, 'exports')).toBe('a, helper (a function)')
  expect(fact(await refusal(fileOf('')), 'exports')).toBe('nothing')
})

test('a file that throws: the error, the frames of the user alone, the line under a mark', async () => {
  const file = fileOf(`const build = (): never => {
  throw new TypeError('no such thing')
}
export default build()
`)
  const problem = await refusal(file)
  expect(problem.title).toMatch(/threw an error/)
  expect(fact(problem, 'error')).toBe('no such thing')
  expect(problem.facts.filter(([label]) => label === 'at').map(([, at]) => at)).toEqual([`${file}:2:9`, `${file}:4:16`])
  expect(fact(problem, 'code')).toBe(
    ['  1 | const build = (): never => {', "> 2 |   throw new TypeError('no such thing')", '    |         ^', '  3 | }'].join('\n'),
  )
})

test('what is thrown need not be an error, and may come from a promise nobody waits for', async () => {
  expect(fact(await refusal(fileOf('throw 42\n')), 'error')).toBe('42')
  const file = fileOf("Promise.reject(new Error('unwatched'))\nawait new Promise((done) => setTimeout(done, 2000))\n")
  expect((await refusal(file)).facts).toEqual(
    expect.arrayContaining([
      ['error', 'unwatched'],
      ['at', `${file}:1:16`],
    ]),
  )
})

test('a problem of the language keeps its words and gains the line', async () => {
  const file = fileOf(`${head}export default train().prune(90)\n`)
  const problem = await refusal(file)
  expect(problem.title).toMatch(/fraction removed/)
  expect(fact(problem, 'value')).toBe('90')
  expect(fact(problem, 'at')).toBe(`${file}:3:24`)
  expect(fact(problem, 'code')).toMatch(/^> 3 \| export default train\(\)\.prune\(90\)$/m)
  expect(problem.hint).toMatch(/0\.9/)
})

test.each([
  ['is not valid code', 'const a: number = = 3\n', /Expression expected/, '1:19'],
  ['is not valid code', "import { nope } from 'node:fs'\nexport default nope\n", /does not provide an export named 'nope'/, '1:10'],
  ['uses TypeScript that Node cannot run', 'export enum A { x }\n', /enum is not supported/, '1:8'],
  ['uses TypeScript that Node cannot run', 'namespace N { export const a = 1 }\nexport default N\n', /namespace/, '1:1'],
])('a file that %s is shown where', async (title, text, says, place) => {
  const file = fileOf(text)
  const problem = await refusal(file)
  expect(problem.title).toContain(title)
  expect(problem.facts.some(([, value]) => says.test(value))).toBe(true)
  expect(fact(problem, 'file')).toBe(`${file}:${place}`)
  expect(fact(problem, 'code')).toMatch(/^> 1 \| /m)
})

test('an error that only calls itself a syntax error is one that was thrown', async () => {
  const file = fileOf('export default JSON.parse("{")\n')
  const problem = await refusal(file)
  expect(problem.title).toMatch(/threw an error/)
  expect(fact(problem, 'at')).toBe(`${file}:1:21`)
})

test.each([
  ['./nowhere.ts', /the extension \.ts/],
  ['@nobody/no-such-package/part', /@nobody\/no-such-package is installed/],
])('an import of %s that does not resolve is shown where it stands', async (specifier, hint) => {
  const folder = folderOf({ 'a.pipeline.ts': "import './b.ts'\n", 'b.ts': `// first\nimport x from '${specifier}'\nexport default x\n` })
  const problem = await refusal(join(folder, 'a.pipeline.ts'))
  expect(problem.title).toMatch(/import of the pipeline file cannot be resolved/)
  expect(fact(problem, 'import')).toBe(specifier)
  expect(fact(problem, 'file')).toBe(`${join(folder, 'b.ts')}:2:15`)
  expect(problem.hint).toMatch(hint)
})

test('an import that the file tries and does without is its own affair', async () => {
  const file = fileOf(`${head}const extra = await import('./nowhere.ts').catch(() => undefined)\nexport default extra ?? train()\n`)
  expect((await load(file)).target).toBe('default')
})

test('an endless loop and an endless wait are ended after the time that was given', async () => {
  for (const text of ['for (;;) {}\n', 'setInterval(() => {}, 1000)\nawait new Promise(() => {})\n']) {
    const started = performance.now()
    const problem = await refusal(fileOf(text), { seconds: 0.5 })
    expect(problem.title).toBe('The pipeline file did not finish loading in 0.5 s.')
    expect(performance.now() - started).toBeLessThan(30_000)
  }
})

test('a process that was suspended while a file was loaded gives it the time that was left', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'clearInterval', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const file = fileOf(
    `${head}import { readFileSync } from 'node:fs'\nreadFileSync(new URL('fifo', import.meta.url))\nexport default train()\n`,
  )
  const fifo = join(dirname(file), 'fifo')
  execFileSync('mkfifo', [fifo])
  const loaded = load(file, undefined, { seconds: 0.5 })
  const reading = await open(fifo, 'w') // opens when it is read
  vi.advanceTimersToNextTimer() // however late
  await reading.close()
  expect((await loaded).target).toBe('default')
})

test('a wait for what can never come is noticed without waiting', async () => {
  const problem = await refusal(fileOf('await new Promise(() => {})\nexport default 1\n'), { seconds: 60 })
  expect(problem.title).toBe('The pipeline file never finishes loading.')
})

test('a file that needs too much memory is ended, and the command lives on', async () => {
  const file = fileOf('const all = []\nfor (;;) all.push(new Array(1_000_000).fill(0.5))\n')
  expect((await refusal(file)).title).toBe('The pipeline file needed more than 512 MB to load.')
})

test('a thread that was started ahead loads one file, and the next load has another', async () => {
  const file = fileOf(
    `${head}globalThis.loads = (globalThis.loads ?? 0) + 1\nif (globalThis.loads > 1) throw new Error('again')\nexport default train()\n`,
  )
  startAhead()
  startAhead()
  const { graph } = await load(file)
  expect(graph.stages.map(({ kind }) => kind)).toEqual(['init', 'train', 'evaluate'])
  expect((await load(file)).graph).toEqual(graph)
})

test('a file that calls process.exit() ends its thread alone, and is told the line', async () => {
  const file = fileOf('const done = true\nif (done) process.exit(3)\n')
  const problem = await refusal(file)
  expect(problem.title).toMatch(/ended the process/)
  expect(fact(problem, 'exit code')).toBe('3')
  expect(fact(problem, 'at')).toBe(`${file}:2:19`)
})

test('a file that is not there, a folder, and a file of another kind are refused', async () => {
  const folder = folderOf({ 'notes.txt': 'text' })
  expect((await refusal(join(folder, 'none.pipeline.ts'))).title).toBe('The pipeline file does not exist.')
  expect((await refusal(join(folder, 'notes.txt'))).title).toBe('A pipeline file must be TypeScript or JavaScript.')
  expect((await refusal(folder)).title).toBe('A pipeline file must be TypeScript or JavaScript.')
})

describe('CommonJS', () => {
  const cjs = head.replace(/^import (.*) from (.*)$/m, 'const $1 = require($2)').replace('file://', '')

  test('is loaded, what it exports by name and as a whole', async () => {
    expect(await load(fileOf(`${cjs}module.exports = { dense: train() }\n`, 'a.cjs'))).toMatchObject({ target: 'dense' })
    expect(await load(fileOf(`${cjs}module.exports = train()\n`, 'a.cts'))).toMatchObject({ target: 'default' })
    expect((await refusal(fileOf('module.exports = 1\n', 'a.cjs'))).facts).toContainEqual(['exports', 'nothing'])
  })

  test.each([
    ['import in a package of CommonJS', 'commonjs', `${head}export default train()\n`, /"type": "commonjs".*\.mts/, 1],
    ['require() in a module', 'module', `${head}require('node:fs')\nexport default train()\n`, /Use import and export/, 3],
  ])('%s is told from each other with what to do', async (_, type, text, hint, line) => {
    const folder = folderOf({ 'package.json': JSON.stringify({ type }), 'a.pipeline.ts': text })
    const problem = await refusal(join(folder, 'a.pipeline.ts'))
    expect(problem.hint).toMatch(hint)
    expect(problem.facts.some(([, value]) => value === `${folder}/a.pipeline.ts:${line}:1`)).toBe(true)
  })
})

test.each([
  ['parameter properties', 'class A { constructor(readonly a: number) {} }', '3:32'],
  ['import … = require()', "import fs = require('node:fs')", '3:1'],
  ['export =', 'export = train()', '3:1'],
  ['const enum', 'const enum A { x }', '3:1'],
  ['decorators', '@((x: unknown) => x) class A {}', '3:1'],
])('of TypeScript that Node cannot strip, %s are shown where', async (_, line, place) => {
  const file = fileOf(`${head}${line}\nexport const dense = train()\n`)
  const problem = await refusal(file)
  expect(problem.title).toBe('The pipeline file uses TypeScript that Node cannot run.')
  expect(fact(problem, 'file')).toBe(`${file}:${place}`)
  expect(fact(problem, 'code')).toMatch(/^> 3 \| /m)
})

test('a type that is imported as a value is told to be one', async () => {
  const problem = await refusal(fileOf(`${head.replace('adam,', 'adam, Pipeline,')}export default train()\n`))
  expect(problem.hint).toContain('import { type Pipeline }')
})

test('a function that calls itself forever is told once', async () => {
  const file = fileOf('const f = (): number => f() + 1\nexport default f()\n')
  const problem = await refusal(file)
  expect(problem.title).toMatch(/endless recursion/)
  expect(problem.facts.slice(0, 2)).toEqual([
    ['at', expect.stringMatching(`${file}:1:`)],
    ['at', expect.stringMatching(`${file}:1:`)],
  ])
  expect(problem.facts.filter(([label]) => label === 'at').length).toBeLessThanOrEqual(2)
})

test('what a load leaves behind is gone: timers, servers, changed globals, other copies of modules', async () => {
  const file = fileOf(`import { createServer } from 'node:http'
${head}Array.prototype.at = () => 'changed'
createServer().listen(0, '127.0.0.1')
setInterval(() => {}, 10)
process.env.LEFT_BEHIND = '1'
process.on('SIGTERM', () => {})
export default train()
`)
  const before = process.listenerCount('SIGTERM')
  await load(file)
  expect([1].at(0)).toBe(1)
  expect(process.env.LEFT_BEHIND).toBeUndefined()
  expect(process.listenerCount('SIGTERM')).toBe(before)
})

test('data that a file imports are files to watch as well', async () => {
  const folder = folderOf({
    'epochs.json': '{ "epochs": 3 }',
    'a.pipeline.ts': `import { epochs } from './b.ts'\n${head}export default train({ epochs })\n`,
    'b.ts': "import settings from './epochs.json' with { type: 'json' }\nexport const { epochs } = settings\n",
  })
  expect([...(await load(join(folder, 'a.pipeline.ts'))).files].sort()).toEqual(
    ['a.pipeline.ts', 'b.ts', 'epochs.json'].map((name) => join(folder, name)),
  )
})
