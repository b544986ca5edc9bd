import { expect, test } from 'vitest'
import type { Graph } from '../../../dsl/graph/stage.ts'
import { origins } from '../../../runtime/plan/origins.ts'
import { dataFacts, facts, graphOf as graph, init, prune, train } from './stages.ts'

const last = (made: Graph, data = dataFacts) => [...origins(made, data).values()].at(-1)
const chain = (options = {}, seed = 0, sparsity = 0.5) =>
  graph(init('a', seed), train('b', 'a', options), prune('c', 'b', { sparsity }), train('d', 'c'))

test('what a stage is made of is known before anything has run: options and data of all that it depends on', () => {
  const origin = last(chain())
  expect(origin).toMatch(/^[0-9a-f]{64}$/)
  expect(last(chain())).toBe(origin)
  for (const other of [chain({ epochs: 5 }), chain({}, 1), chain({}, 0, 0.6)]) expect(last(other)).not.toBe(origin)
  const others = new Map([...dataFacts.keys()].map((key) => [key, { ...facts, digest: `sha256:${'e'.repeat(64)}` }]))
  expect(last(chain(), others)).not.toBe(origin)
})

test('where stages stand does not matter; the point of a training that one goes on from does', () => {
  const moved = graph(init('x'), train('y', 'x'), prune('z', 'y', { sparsity: 0.5 }), train('zz', 'z'))
  expect(last(moved)).toBe(last(chain()))
  const from = (epoch?: number) => {
    const [first, second] = [init('a'), train('b', 'a')]
    const cut = prune('c', 'b')
    return graph(first, second, { ...cut, inputs: { model: { stage: 'b', ...(epoch === undefined ? {} : { epoch }) } } })
  }
  expect(new Set([last(from()), last(from(1)), last(from(2))]).size).toBe(3)
})
