import { expect, test } from 'vitest'
import { byRank, ranksOf } from '../../../runtime/execution/rank.ts'
import { compare, seeds } from '../../../stdlib/index.ts'
import { graphOf, small } from './running.ts'

test('arms are finished rather than all begun, and within one the way that is nearly gone comes first', () => {
  const study = seeds(2, (seed) => {
    const dense = small(1, 1e-3).train({ seed })
    return compare({ dense, pruned: dense.prune(0.9).finetune() })
  })
  const graph = graphOf(study)
  const ranks = ranksOf(graph)
  const order = [...graph.stages].sort((a, b) => byRank(ranks.get(a.id)!, ranks.get(b.id)!)).map(({ path }) => path)
  const arm = (path: string) => order.indexOf(path)
  expect(arm('seed=0/dense/evaluate')).toBeLessThan(arm('seed=0/pruned/prune'))
  expect(arm('seed=0/pruned/evaluate')).toBeLessThan(arm('seed=1/dense/train'))
  expect(arm('seed=0/dense/evaluate')).toBeLessThan(arm('seed=0/dense/train'))
})

test('a stage that several arms need goes with the first of them', () => {
  const dense = small().train()
  const graph = graphOf(compare({ a: small(1, 2e-3).train(), b: dense.prune(0.5), c: dense.prune(0.6) }))
  const train = graph.stages.find(({ path }) => path === 'b/train')!
  expect(ranksOf(graph).get(train.id)).toEqual({ arm: 1, depth: 1 })
})
