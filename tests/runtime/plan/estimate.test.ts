import { expect, test } from 'vitest'
import { expectedSeconds, timeFor } from '../../../runtime/plan/estimate.ts'
import type { PlannedStage } from '../../../runtime/plan/plan.ts'
import { memoryStore } from '../../../runtime/store/memory/memory-store.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { numerics } from '../store/temporary-store.ts'
import { graphOf, init, prune, train } from './stages.ts'

let keys = 0
async function took(
  store: Store,
  path: string,
  kind: string,
  seconds: number,
  options: { readonly [name: string]: number } = {},
): Promise<void> {
  const key = (++keys).toString(16).padStart(64, '0')
  const manifest = { kind, options, inputs: {} }
  await store.results.put({ key, kind, path, manifest, artifact: undefined, snapshots: {}, metrics: {}, numerics, finished: keys, seconds })
}
const graph = graphOf(init('init'), train('train', 'init', { epochs: 10 }), prune('prune', 'train'))
const planned = (...status: PlannedStage['status'][]) => graph.stages.map(({ id }, i) => ({ id, status: status[i] ?? 'run' }))

test('a training takes what its epochs took here before, not what they took elsewhere', async () => {
  const store = memoryStore()
  await took(store, 'other/train', 'train', 1000, { epochs: 10, from: 0 })
  await took(store, 'train', 'train', 8, { epochs: 4, from: 0 })
  expect((await expectedSeconds(graph, planned(), store.results)).get('train')).toBe(20)
})

test('where a place never ran, stages of its kind tell; of a kind that never ran nothing is known', async () => {
  const store = memoryStore()
  await took(store, 'a/train', 'train', 10, { epochs: 10, from: 0 })
  await took(store, 'b/train', 'train', 30, { epochs: 10, from: 0 })
  const expected = await expectedSeconds(graph, planned(), store.results)
  expect([...expected]).toEqual([['train', 20]])
})

test('what is in the store takes no time', async () => {
  const store = memoryStore()
  await took(store, 'train', 'train', 8, { epochs: 4, from: 0 })
  expect((await expectedSeconds(graph, planned('hit', 'hit', 'run'), store.results)).size).toBe(0)
})

test('slots share the time, but for the longest stage; when most is unknown, so is the whole', () => {
  const expected = new Map(Object.entries({ a: 10, b: 10, c: 20 }))
  const runs = (count: number) => Array.from({ length: count }, () => ({ status: 'run' as const }))
  expect(timeFor(expected, runs(3), 1)).toBe(40)
  expect(timeFor(expected, runs(3), 4)).toBe(20)
  expect(timeFor(expected, runs(7), 1)).toBeUndefined()
  expect(timeFor(new Map(), [{ status: 'hit' }], 1)).toBeUndefined()
})
