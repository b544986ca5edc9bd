import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { Store } from '../../../runtime/store/store.ts'
import { Live } from '../../../runtime/ui/live.ts'
import { keep, runOf } from '../store/stored.ts'
import { temporaryStore } from '../store/temporary-store.ts'

test('the list of runs is that of the store, however many came since it was read', async () => {
  const store = await temporaryStore()
  const live = new Live([store], undefined)
  const stages = [await keep(store, 'dense/train')]
  const more = async (count: number) => {
    for (let i = 0; i < count; i++) await runOf(store, stages)
    await live.look()
    const listed = await live.runsOf(0, store)
    expect(listed).toEqual(await store.journal.runs())
    return listed.length
  }
  // None, a few, a page of newest ones and more, and again as before.
  for (const [count, total] of [
    [0, 0],
    [3, 3],
    [60, 63],
    [2, 65],
    [51, 116],
    [120, 236],
    [0, 236],
  ] as const)
    expect(await more(count)).toBe(total)
  live.close()
})

test('what is told counts as another version of what it is about, and of nothing else', () => {
  const live = new Live([], undefined)
  const [runs, graph] = [live.versionOf(['runs']), live.versionOf(['plan', 'graph'])]
  live.tell(['runs', 'run'])
  expect(live.versionOf(['runs'])).not.toBe(runs)
  expect(live.versionOf(['plan', 'graph'])).toBe(graph)
})

test('that a store is gone is told once, and once that it is back', async () => {
  const store = await temporaryStore()
  let gone = false
  const live = new Live([{ ...store, isGone: () => gone }], undefined)
  const versions: number[] = []
  for (const is of [false, true, true, false]) {
    gone = is
    await live.look()
    versions.push(live.versionOf(['site']))
  }
  expect(versions).toEqual([0, 1, 1, 2])
  live.close()
})

/** What a page hears, as it is sent. */
function heardFrom(live: Live): () => string {
  const told: string[] = []
  live.listen({ writableLength: 0, write: (text: string) => told.push(text), on: () => {}, end: () => {} } as unknown as ServerResponse)
  return () => told.join('')
}

test('of runs that go on, newest first, is told what computes each: slots of this machine, or the workers there were as it began', async () => {
  const store = await temporaryStore()
  const stages = [await keep(store, 'dense/train')]
  const [slots, threads] = [2, 3]
  const workers = [1, 2].map((i) => ({ by: `w${i}`, slots: 4, threads: 8 }))
  for (const computedBy of [
    { slots, threads },
    { slots, threads, workers },
    { slots, threads, workers: [] },
  ])
    await runOf(store, stages, { end: false, computedBy })
  const live = new Live([store], undefined)
  const told = heardFrom(live)
  await expect.poll(told, { timeout: 10_000 }).toContain('"live"')
  live.close()
  expect([...told().matchAll(/"computing":"([^"]*)"/g)].map(([, by]) => by)).toEqual([
    'no worker yet',
    '2 workers: 8 × 8 threads',
    '2 × 3 threads',
  ])
})

test('a run that goes on while fifty newer ones begin is shown until it ends', async () => {
  const store = await temporaryStore()
  const stages = [await keep(store, 'dense/train')]
  const old = await runOf(store, stages, { end: false })
  let ended = false
  const { journal } = store
  const run = async (id: number) => {
    const entry = (await journal.run(id))!
    return ended && id === old ? { ...entry, status: 'done' as const } : entry
  }
  const asked = { runs: journal.runs.bind(journal), followLog: journal.followLog.bind(journal), run } as Store['journal']
  const live = new Live([{ ...store, journal: asked }], undefined)
  const told = heardFrom(live)
  const lastTold = () =>
    told()
      .split('data: ')
      .findLast((frame) => frame.includes('"live"')) ?? ''
  await expect.poll(lastTold, { timeout: 10_000 }).toContain(`"run":${old}`)
  for (let i = 0; i < 60; i++) await runOf(store, stages)
  const before = told().length
  await expect.poll(() => told().slice(before), { timeout: 10_000 }).toContain(`"run":${old}`)
  ended = true
  await expect.poll(lastTold, { timeout: 10_000 }).toContain('"runs":[]')
  live.close()
})
