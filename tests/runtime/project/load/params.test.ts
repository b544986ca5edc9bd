import { expect, test } from 'vitest'
import { loadPipelines } from '../../../../runtime/project/load/loader.ts'
import { parseParams } from '../../../../runtime/project/load/params.ts'
import { fileOf, head } from './pipeline-files.ts'

const text = `${head.replace('import {', 'import { params,')}
const { sparsity, rounds, name, quick } = params({ sparsity: 0.5, rounds: 2, name: 'ticket', quick: false })
export default train({ epochs: quick ? 1 : 3 }).repeat(rounds, (p) => p.prune(sparsity).train()).snapshot(name)
`
const load = async (...set: string[]) => loadPipelines({ file: fileOf(text), target: undefined }, {}, parseParams(set))
const prunes = async (...set: string[]) =>
  (await load(...set)).graph.stages.filter(({ kind }) => kind === 'prune').map(({ options }) => (options as { sparsity: number }).sparsity)

test('without --set a file has its defaults, with it the values given, of the same types', async () => {
  expect(await prunes()).toEqual([0.5, 0.5])
  expect(await prunes('sparsity=0.25', 'rounds=3', 'name=a=b')).toEqual([0.25, 0.25, 0.25])
  const quick = (await load('quick=true')).graph.stages.find(({ kind }) => kind === 'train')
  expect(quick?.options).toMatchObject({ epochs: 1 })
})

test('a list of words is a choice, the first its default', async () => {
  const file = fileOf(text.replace("name: 'ticket'", "name: ['ticket', 'winner']"))
  const named = async (...set: string[]) => loadPipelines({ file, target: undefined }, {}, parseParams(set))
  await expect(named()).resolves.toBeDefined()
  await expect(named('name=winner')).resolves.toBeDefined()
  await expect(named('name=loser')).rejects.toMatchObject({
    title: 'The parameter name must be one of ticket, winner.',
    hint: 'For example --set name=winner.',
  })
})

test('what one load was given is gone in the next', async () => {
  await load('rounds=1')
  expect(await prunes()).toHaveLength(2)
})

test.each([
  [['sparsty=0.9'], "The file takes no parameter called 'sparsty'.", 'sparsity (number, default 0.5), rounds (number, default 2)'],
  [['sparsity=high'], 'The parameter sparsity must be a number, as its default is 0.5.', '--set sparsity=high'],
  [['sparsity='], 'The parameter sparsity must be a number, as its default is 0.5.', '--set sparsity='],
  [['quick=yes'], 'The parameter quick must be true or false, as its default is false.', 'For example --set quick=false.'],
  [['sparsity=9'], 'A sparsity is the fraction removed, from 0 up to but not including 1.', 'value'],
])('%s is refused in a sentence', async (set, title, told) => {
  const problem = await load(...set).then(
    () => undefined,
    (cause: unknown) => cause as { title: string; facts: readonly string[][]; hint: string },
  )
  expect(problem?.title).toBe(title)
  expect([...(problem?.facts.flat() ?? []), problem?.hint].join('\n')).toContain(told)
})

test('a parameter is given once', () => {
  expect(() => parseParams(['a=1', 'a=2'])).toThrow('--set sets a twice.')
})

test('a file without parameters says how to declare one', async () => {
  const plain = fileOf(`${head}export default train()\n`)
  await expect(loadPipelines({ file: plain, target: undefined }, {}, parseParams(['lr=1']))).rejects.toMatchObject({
    hint: 'Declare it in the file: const { lr } = params({ lr: 0.1 }).',
  })
})
