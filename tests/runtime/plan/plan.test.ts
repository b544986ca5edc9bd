import { readFile, rm } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { Graph } from '../../../dsl/graph/stage.ts'
import { keyOf, manifestOf } from '../../../runtime/plan/manifest.ts'
import { makePlan } from '../../../runtime/plan/plan.ts'
import { objectPath } from '../../../runtime/store/folder/layout.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { runFirst } from './finished.ts'
import { dataFacts, evaluate, graphOf, init, prune, rewind, train } from './stages.ts'

/** The ticket: train, prune, rewind to epoch 2, train from there, measure. */
const ticket = (sparsity = 0.9): Graph =>
  graphOf(
    init('ticket/init'),
    train('ticket/train', 'ticket/init'),
    prune('ticket/prune', 'ticket/train', { sparsity }),
    rewind('ticket/rewind', 'ticket/prune', { stage: 'ticket/train', epoch: 2 }),
    train('ticket/train#2', 'ticket/rewind', { from: 2 }),
    evaluate('ticket/evaluate', 'ticket/train#2'),
  )

const statuses = async (store: Store, graph: Graph) =>
  (await makePlan(graph, store, dataFacts)).stages.map(({ status }) => status).join(' ')

describe('a plan', () => {
  test('of an empty store knows the keys of stages without inputs only', async () => {
    const { stages } = await makePlan(ticket(), await temporaryStore(), dataFacts)
    expect(stages.map(({ status }) => status).join(' ')).toBe('run unknown unknown unknown unknown unknown')
    expect(stages[0]).toMatchObject({ path: 'ticket/init', kind: 'init', artifact: null, reasons: ['never run'] })
    expect(stages[0]!.key).toMatch(/^[0-9a-f]{64}$/)
    expect(stages[3]).toMatchObject({ key: null, artifact: null, reasons: ['waits for ticket/prune', 'waits for ticket/train'] })
  })

  test('grows by a stage as stages finish, and is all hits at the end', async () => {
    const store = await temporaryStore()
    for (let done = 0; done <= 6; done++) {
      await runFirst(store, ticket(), done)
      const expected = ticket().stages.map((_, n) => (n < done ? 'hit' : n === done ? 'run' : 'unknown'))
      expect(await statuses(store, ticket())).toBe(expected.join(' '))
    }
    const { stages } = await makePlan(ticket(), store, dataFacts)
    expect(stages.every(({ artifact, key, reasons }) => artifact !== null && key !== null && reasons.length === 0)).toBe(true)
  })

  test('after a changed sparsity runs from the prune on and says what changed', async () => {
    const store = await temporaryStore()
    await runFirst(store, ticket(), 6)
    const { stages } = await makePlan(ticket(0.8), store, dataFacts)
    expect(stages.map(({ status }) => status).join(' ')).toBe('hit hit run unknown unknown unknown')
    expect(stages[2]!.reasons).toEqual(['sparsity 0.9 → 0.8'])
  })

  test('after a renamed arm is all hits', async () => {
    const store = await temporaryStore()
    await runFirst(store, ticket(), 6)
    const renamed = graphOf(...ticket().stages.map((stage) => ({ ...stage, path: stage.path.replace('ticket', 'winner') })))
    expect(await statuses(store, renamed)).toBe('hit hit hit hit hit hit')
  })

  test('after an arm was renamed and changed says what changed, as if it had kept its name', async () => {
    const store = await temporaryStore()
    await runFirst(store, ticket(), 6)
    const edited = graphOf(...ticket(0.8).stages.map((stage) => ({ ...stage, path: stage.path.replace('ticket', 'winner') })))
    const { stages } = await makePlan(edited, store, dataFacts)
    expect(stages.map(({ status }) => status).join(' ')).toBe('hit hit run unknown unknown unknown')
    expect(stages[2]).toMatchObject({ path: 'winner/prune', reasons: ['sparsity 0.9 → 0.8'] })
  })

  test('of an arm beside others says that it never ran: what they differ in did not change', async () => {
    const store = await temporaryStore()
    await runFirst(store, ticket(), 6)
    const { stages } = await makePlan(graphOf(...ticket().stages, prune('more/prune', 'ticket/train', { sparsity: 0.8 })), store, dataFacts)
    expect(stages.at(-1)).toMatchObject({ status: 'run', reasons: ['never run'] })
  })

  test('of something else altogether says that it never ran, and does not list all that differs', async () => {
    const store = await temporaryStore()
    const begun = [init('init'), train('a', 'init')]
    await runFirst(store, graphOf(...begun), 2)
    const reasons = async (options: Parameters<typeof train>[2]) =>
      (await makePlan(graphOf(init('init'), train('b', 'init', options)), store, dataFacts)).stages[1]!.reasons
    expect(await reasons({ epochs: 5, batch: 5, seed: 3 })).toEqual(['batch size 10 → 5', 'epochs 4 → 5', 'seed 0 → 3'])
    expect(await reasons({ epochs: 5, batch: 5, seed: 3, ema: 0.9 })).toEqual(['never run'])
  })

  test('stops at a change whose output is the same: what follows is a hit again', async () => {
    const store = await temporaryStore()
    await runFirst(store, ticket(), 6)
    const graph = ticket(0.8)
    // The other sparsity happens to give the same network (say, both round to the same number of weights).
    const plan = await makePlan(ticket(), store, dataFacts)
    const train = plan.stages[1]!.artifact!
    const manifest = manifestOf(graph.stages[2]!, { model: train })
    await store.results.put({
      key: keyOf(manifest),
      kind: 'prune',
      path: 'ticket/prune',
      manifest,
      artifact: plan.stages[2]!.artifact!,
      snapshots: {},
      metrics: {},
      numerics: undefined,
      finished: 9,
      seconds: 0,
    })
    expect(await statuses(store, graph)).toBe('hit hit hit hit hit hit')
  })

  test('runs a stage again whose artifact is gone, and says so', async () => {
    const store = await temporaryStore()
    await runFirst(store, ticket(), 6)
    const { stages } = await makePlan(ticket(), store, dataFacts)
    const parts = JSON.parse(await readFile(objectPath(store.layout, stages[2]!.artifact!.slice(7)), 'utf8'))
    await rm(objectPath(store.layout, parts.weights.slice(7)))
    const after = await makePlan(ticket(), store, dataFacts)
    expect(after.stages.map(({ status }) => status).join(' ')).toBe('hit hit run unknown unknown unknown')
    expect(after.stages[2]!.reasons).toEqual(['its artifact is missing'])
  })

  test('replays a training whose snapshot is not kept, and only what hangs on the snapshot waits', async () => {
    const store = await temporaryStore()
    await runFirst(store, ticket(), 6, false)
    const { stages } = await makePlan(ticket(), store, dataFacts)
    expect(stages.map(({ status }) => status).join(' ')).toBe('hit run hit unknown unknown unknown')
    expect(stages[1]).toMatchObject({ reasons: ['its snapshot at epoch 2 is not kept: replays epochs 1–2'] })
    expect(stages[1]!.artifact).not.toBeNull()
  })

  test('a graph whose stage comes before its input is refused', async () => {
    const store = await temporaryStore()
    await expect(makePlan(graphOf(train('t', 'i'), init('i')), store, dataFacts)).rejects.toThrow('does not come before')
  })
})
