import { describe, expect, test } from 'vitest'
import type { StoreProblem } from '../../../runtime/problem.ts'
import type { DiskStore } from '../../../runtime/store/sqlite/disk-store.ts'
import { find, findStage } from '../../../runtime/views/find.ts'
import { keep, runOf } from '../store/stored.ts'
import { temporaryStore } from '../store/temporary-store.ts'

async function study(): Promise<{ store: DiskStore; first: string; second: string }> {
  const store = await temporaryStore()
  const [a, b] = [await keep(store, 'seed=0/dense/train', { seed: 0 }), await keep(store, 'seed=1/dense/train', { seed: 1 })]
  await runOf(store, [a, b])
  const changed = await keep(store, 'seed=0/dense/train', { seed: 0, epochs: 9 })
  await runOf(store, [b, changed], { hits: 1 })
  return { store, first: a.key, second: changed.key }
}
async function problemOf(work: () => Promise<unknown>): Promise<StoreProblem> {
  try {
    await work()
  } catch (problem) {
    return problem as StoreProblem
  }
  return expect.fail('no error')
}

describe('a name means', () => {
  test('a run by its number, or the last', async () => {
    const { store } = await study()
    expect(await find(store, '1')).toMatchObject({ found: 'run', run: { id: 1 } })
    expect(await find(store, 'last')).toMatchObject({ found: 'run', run: { id: 2 } })
  })

  test('a stage by its path: what that led to last; behind a run, what it led to then', async () => {
    const { store, first, second } = await study()
    expect(await find(store, 'seed=0/dense/train')).toEqual({ found: 'stage', stage: { path: 'seed=0/dense/train', key: second } })
    expect((await findStage(store, '1:seed=0/dense/train')).key).toBe(first)
    expect((await findStage(store, 'last:seed=0/dense/train')).key).toBe(second)
  })

  test('a stage of a run that has not ended', async () => {
    const { store } = await study()
    const running = await keep(store, 'seed=2/dense/train', { seed: 2 })
    store.index.run('DELETE FROM places WHERE path = ?', running.path)
    await runOf(store, [running], { end: false })
    expect((await findStage(store, 'seed=2/dense/train')).key).toBe(running.key)
  })

  test('a stage by the beginning of its key or of what it made', async () => {
    const { store, first } = await study()
    expect((await findStage(store, first.slice(0, 8))).key).toBe(first)
    const [{ artifact }] = store.index.all('SELECT artifact FROM results WHERE key = ?', first) as [{ artifact: string }]
    expect((await findStage(store, artifact)).key).toBe(first)
    expect((await findStage(store, artifact.slice(7, 19))).key).toBe(first)
  })
})

describe('a name that means nothing is answered with a sentence', () => {
  test('and the paths that are near it', async () => {
    const { store } = await study()
    const problem = await problemOf(() => find(store, 'dense/trian'))
    expect(problem.title).toBe("There is no run and no stage 'dense/trian' in this store.")
    expect(problem.facts).toEqual([['near it', 'seed=1/dense/train']])
    expect((await problemOf(() => find(store, 'seed=1'))).facts).toEqual([['near it', 'seed=1/dense/train']])
    expect((await problemOf(() => find(store, ''))).kind).toBe('unknown-name')
  })

  test('and the newest run', async () => {
    const { store } = await study()
    expect((await problemOf(() => findStage(store, '99:dense/train'))).facts).toEqual([['newest run', '2']])
  })

  test('and the candidates when there are several', async () => {
    const { store } = await study()
    const problem = await problemOf(() => find(store, 'dense/train'))
    expect(problem.title).toBe("'dense/train' could be 2 stages.")
    expect(problem.facts[0]![1]).toMatch(/seed=1\/dense\/train \([0-9a-f]{12}\)/)
  })
})
