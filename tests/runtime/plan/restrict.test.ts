import { expect, test } from 'vitest'
import type { Graph } from '../../../dsl/graph/stage.ts'
import { requireArms, restricted } from '../../../runtime/plan/restrict.ts'
import { evaluate, graphOf, init, prune, train } from './stages.ts'

const stages = [
  init('dense/init'),
  train('dense/train', 'dense/init'),
  evaluate('dense/evaluate', 'dense/train'),
  prune('pruned/prune', 'dense/train'),
  evaluate('pruned/evaluate', 'pruned/prune'),
  prune('deeper/prune', 'dense/train', { sparsity: 0.99 }),
  evaluate('deeper/evaluate', 'deeper/prune'),
]
const arm = (path: string, model: string) => ({ path, labels: [], model, metrics: `${path}/evaluate` })
const graph: Graph = {
  ...graphOf(...stages),
  targets: [{ name: 'default', arms: [arm('dense', 'dense/train'), arm('pruned', 'pruned/prune'), arm('deeper', 'deeper/prune')] }],
}

test('an arm comes with all that it needs of others, and nothing else', () => {
  const part = restricted(graph, 'prun')!
  expect(part.stages.map(({ path }) => path)).toEqual(['dense/init', 'dense/train', 'pruned/prune', 'pruned/evaluate'])
  expect(part.targets[0]!.arms.map(({ path }) => path)).toEqual(['pruned'])
})

test('a text that no arm has gives nothing to run', () => {
  expect(restricted(graph, 'ticket')).toBeUndefined()
})

test('an empty text is everything', () => {
  expect(restricted(graph, '')!.stages).toHaveLength(stages.length)
})

test('a star stands for anything, and what no arm has is answered with those that there are', () => {
  expect(requireArms(graph, 'd*r').targets[0]!.arms.map(({ path }) => path)).toEqual(['deeper'])
  expect(() => requireArms(graph, 'r*d*r')).toThrow(/No arm has 'r\*d\*r' in its name.*dense.*pruned.*deeper/s)
})
