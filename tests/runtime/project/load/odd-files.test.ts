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
