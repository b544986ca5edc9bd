import { expect, test } from 'vitest'
import type { Graph } from '../../dsl/graph/stage.ts'
import { runInNode, urlOf } from './node.ts'

const graph = runInNode<Graph>(`
const { compile } = await import('${urlOf('dsl/language/compile.ts')}')
const example = await import('${urlOf('examples/hybrid.pipeline.ts')}')
console.log(JSON.stringify(compile({ default: example.default })))`)

test('the hybrid study is 51 stages: what its six arms share is there once a seed', () => {
  const arms = { dense: ['init', 'train'], teacher: ['init', 'train'], pruneFinetune: ['prune', 'finetune'] }
  const more = { ticket: ['rewind', 'train#2'], reinit: ['reinit', 'train#2'], hybrid: ['distill'] }
  const own = Object.entries({ ...arms, ...more }).flatMap(([arm, verbs]) => [...verbs, 'evaluate'].map((verb) => `${arm}/${verb}`))
  expect(own).toHaveLength(17)
  expect(graph.stages.map(({ path }) => path)).toEqual([0, 1, 2].flatMap((seed) => own.map((path) => `seed=${seed}/${path}`)))
})

test('the hybrid starts from the pruned first weights and learns from the teacher', () => {
  const named = (path: string) => graph.stages.find((stage) => stage.path === `seed=1/${path}`)
  expect(named('hybrid/distill')).toMatchObject({
    inputs: { model: { stage: named('ticket/rewind')?.id }, teacher: { stage: named('teacher/train')?.id } },
    options: { epochs: 20, from: 0, seed: 1, method: { kind: 'kd', temperature: 4, alpha: 0.9 } },
  })
  expect(named('pruneFinetune/prune')).toMatchObject({ options: { sparsity: 0.9, scope: 'global' } })
  expect(named('ticket/rewind')).toMatchObject({
    inputs: { model: { stage: named('pruneFinetune/prune')?.id }, to: { stage: named('dense/init')?.id } },
  })
})

test('the example holds the sentence that the language is for', () => {
  const arm = graph.targets[0]?.arms.find(({ path }) => path === 'seed=2/hybrid')
  expect(arm?.labels).toEqual([
    { axis: 'seed', value: '2' },
    { axis: 'arm', value: 'hybrid' },
  ])
  const at = graph.stages.find(({ path }) => path === 'seed=2/hybrid/distill')?.at
  expect(at?.file).toMatch(/examples\/hybrid\.pipeline\.ts$/)
})
