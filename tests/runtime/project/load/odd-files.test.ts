/** Files that nobody should write: each ends in a sentence with something to do. */
import { sep } from 'node:path'
import { expect, test } from 'vitest'
import { loadPipelines } from '../../../../runtime/project/load/loader.ts'
import { fileOf, head } from './pipeline-files.ts'

async function problemOf(text: string) {
  const file = fileOf(`${head}${text}\n`)
  const cause: unknown = await loadPipelines({ file, target: undefined }, { seconds: 60 }).catch((problem: unknown) => problem)
  expect(cause).toMatchObject({ _tag: 'LoadProblem', hint: expect.stringMatching(/./) })
  const { title, facts, hint } = cause as { title: string; facts: [string, string][]; hint: string }
  return { title, hint, fact: (label: string) => facts.find(([name]) => name === label)?.[1] }
}

test.each([
  ['export default Promise.resolve(train())', 'default (a promise)', /^Await it/],
  ['export default () => train()', 'default (a function)', /^Call it/],
  ['export default [train(), train({ seed: 1 })]', 'default (a list)', /compare\(/],
  ['export const one = 1, two = [train()]', 'one, two (a list)', /compare\(/],
  ["export default new Map([['a', train()]])", 'default', /^Export one/],
])('%s: what is exported is named, and what to make of it', async (text, exported, hint) => {
  const problem = await problemOf(text)
  expect(problem.title).toMatch(/exports no pipeline/)
  expect(problem.fact('exports')).toBe(exported)
  expect(problem.hint).toMatch(hint)
})

test.each([
  ['undefined', /takes an object of parameters/],
  ['null', /takes an object of parameters/],
  ['[1]', /takes an object of parameters/],
  ['{ a: null }', /The parameter a has no default/],
  ['{ a: {} }', /The parameter a has no default/],
  ['{ a: [] }', /The parameter a has no default/],
  ['{ a: [1, 2] }', /The parameter a has no default/],
  ['{ a: [,] }', /The parameter a has no default/],
  ['{ a: NaN }', /The parameter a has no default/],
  ['{ a: 1n }', /The parameter a has no default/],
])('params(%s)', async (given, sentence) => {
  const problem = await problemOf(`import { params } from '${library}'\nparams(${given} as never)\nexport default train()`)
  expect(problem.title).toMatch(sentence)
  expect(problem.fact('at')).toMatch(/:4:\d+$/)
})

const library = /from '(.+)'/.exec(head)![1]!

test.runIf(sep === '/')('a file with a backslash in its name, which Node cannot import', async () => {
  const file = fileOf(`${head}export default train()\n`, 'a\\b.pipeline.ts')
  await expect(loadPipelines({ file, target: undefined })).rejects.toMatchObject({ title: expect.stringMatching(/backslash/) })
})

test.each([
  ['throw null', 'null'],
  ["throw 'a word'", 'a word'],
  ['throw { toString() { throw 1 } }', 'a value that cannot be shown'],
  ["throw Object.assign(new Error('x'), { message: { toString() { throw 1 } } })", 'a value that cannot be shown'],
  ['throw Object.create(null)', 'a value that cannot be shown'],
])('%s: what cannot be shown is said to be that', async (text, error) => {
  const problem = await problemOf(`${text}\nexport default train()`)
  expect(problem.title).toMatch(/threw an error/)
  expect(problem.fact('error')).toBe(error)
})

test.each([
  ['let s: any = train(); for (let i = 0; i < 10000; i++) s = compare({ s }); export default s', /at most 100 levels/],
  ['let s: any = train(); for (let i = 0; i < 10000; i++) s = train().distill(s); export default s', /at most 100 levels/],
  ['let s: any = train(); for (let i = 0; i < 40; i++) s = compare({ a: s, b: s }); export default s', /at most 50000 arms/],
  ['const s: any = {}; s.self = s; export default compare(s)', /^compare\(\) takes pipelines and studies/],
  ['const s: any = []; s[0] = s; export default compare(s)', /^compare\(\) takes pipelines and studies/],
  ['let s: any = 1; for (let i = 0; i < 100000; i++) s = [s]; export default train().prune(s)', /more than 100 levels deep/],
  ['export default train().repeat(1000000, (p) => p.finetune())', /value of rounds that is out of range/],
  ['const s = new Proxy({}, { ownKeys() { throw new Error("trap") } }); export default compare(s)', /threw an error/],
  ['export default compare({ get a(): never { throw new Error("getter") } })', /threw an error/],
  ['const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); export default proxy', /received an invalid argument/],
  [`import { fitnetArms } from '${library}'\nexport default fitnetArms({} as never)`, /received an invalid argument/],
  ['const f = (): number => 1 + f(); f()', /endless recursion/],
])('%s', async (text, title) => {
  const problem = await problemOf(text)
  expect(problem.title).toMatch(title)
  expect(problem.hint).not.toBe('')
})

test('a chain of thousands of stages is planned as a short one is', async () => {
  const file = fileOf(`${head}export default train().repeat(2000, (p) => p.prune(0.001).finetune())\n`)
  const { graph } = await loadPipelines({ file, target: undefined }, { seconds: 100 })
  expect(graph.stages).toHaveLength(4003)
})
