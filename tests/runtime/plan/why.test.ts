import { expect, test } from 'vitest'
import type { Graph } from '../../../dsl/graph/stage.ts'
import { makePlan } from '../../../runtime/plan/plan.ts'
import { whyOf } from '../../../runtime/plan/why.ts'
import { memoryStore } from '../../../runtime/store/memory/memory-store.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { whyLines } from '../../../runtime/terminal/why-view.ts'
import { whyView } from '../../../runtime/views/why.ts'
import { runFirst } from './finished.ts'
import { dataFacts, graphOf, init, prune, train } from './stages.ts'

const chain = (sparsity = 0.9, momentum = 0.9): Graph =>
  graphOf(
    init('init'),
    train('train', 'init', {
      optimizer: { kind: 'sgd', lr: { kind: 'constant', lr: 0.1 }, momentum, nesterov: false, weightDecay: 0.0001 },
    }),
    prune('prune', 'train', { sparsity }),
    train('train#2', 'prune', { epochs: 2 }),
  )

async function why(store: Store, graph: Graph, path: string) {
  const plan = await makePlan(graph, store, dataFacts)
  return whyOf(graph, plan, store, plan.stages.find((stage) => stage.path === path)!)
}

test('what differs from the nearest earlier result of the same place', async () => {
  const store = memoryStore()
  await runFirst(store, chain())
  const answer = await why(store, chain(0.95), 'prune')
  expect(answer.stage.status).toBe('run')
  expect(answer.differences).toEqual([{ part: ['options', 'sparsity'], says: 'sparsity 0.9 → 0.95', before: 0.9, after: 0.95 }])
  expect(answer.compared).toMatchObject({ key: expect.stringMatching(/^[0-9a-f]{64}$/), finished: 2 })
  expect(whyLines(whyView(answer))).toContain('  sparsity 0.9 → 0.95')
})

test('a stage that waits names what will run before it, and compares what is known of it already', async () => {
  const store = memoryStore()
  await runFirst(store, chain())
  const same = await why(store, chain(0.9, 0.8), 'train#2')
  expect(same.stage.status).toBe('unknown')
  expect(same.differences).toEqual([])
  expect(same.after.map(({ path, reasons }) => [path, reasons])).toEqual([['train', ['momentum 0.9 → 0.8']]])
  expect(whyLines(whyView(same))).toContain('  train: momentum 0.9 → 0.8')
  const pruned = await why(store, chain(0.8, 0.8), 'prune')
  expect(pruned.differences.map(({ says }) => says)).toEqual(['sparsity 0.9 → 0.8'])
})

test('a hit is told beside the nearest other result, if there is one', async () => {
  const store = memoryStore()
  await runFirst(store, chain())
  const alone = await why(store, chain(), 'prune')
  expect(alone).toMatchObject({ stage: { status: 'hit' }, compared: undefined, differences: [], after: [] })
  expect(whyLines(whyView(alone))).toEqual(['prune is in the store: nothing to do.', '', 'No other result of this place is in the store.'])
  await runFirst(store, chain(0.5))
  expect((await why(store, chain(), 'prune')).differences.map(({ says }) => says)).toEqual(['sparsity 0.5 → 0.9'])
})

test('a stage that was renamed and changed is compared with what it was, by the place that it had', async () => {
  const store = memoryStore()
  await runFirst(store, chain())
  const renamed = graphOf(...chain(0.95).stages.map((stage) => ({ ...stage, path: `winner/${stage.path}` })))
  const answer = await why(store, renamed, 'winner/prune')
  expect(answer.compared).toMatchObject({ place: 'prune', key: expect.stringMatching(/^[0-9a-f]{64}$/), finished: 2 })
  expect(answer.differences.map(({ says }) => says)).toEqual(['sparsity 0.9 → 0.95'])
  expect(whyLines(whyView(answer))[2]).toMatch(
    /^Compared with the nearest earlier result from the same input, of prune \(key [0-9a-f]{12}, /,
  )
  expect(whyLines(whyView(answer))).toContain('  sparsity 0.9 → 0.95')
})

test('a place where nothing was ever run', async () => {
  const answer = await why(memoryStore(), chain(), 'train')
  expect(answer).toMatchObject({ compared: undefined, differences: [] })
  expect(whyLines(whyView(answer)).at(-1)).toBe('No earlier result of this place is in the store.')
})

test('a chain of thousands of stages is asked as a short one is', async () => {
  const names = Array.from({ length: 8000 }, (_, i) => `train#${i}`)
  const graph = graphOf(init('init'), ...names.map((name, i) => train(name, names[i - 1] ?? 'init', { seed: i })))
  const answer = await why(memoryStore(), graph, names.at(-1)!)
  expect(answer.after.map(({ path }) => path)).toEqual(['init'])
})
