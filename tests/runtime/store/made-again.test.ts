import { expect, test } from 'vitest'
import { madeAgain } from '../../../runtime/store/made-again.ts'
import { keep } from './stored.ts'
import { temporaryStore } from './temporary-store.ts'

test('an old result is not found before it has been put again, and is in the store all the while', async () => {
  const store = await temporaryStore()
  const [one, two] = [await keep(store, 'dense/train', { seed: 1 }), await keep(store, 'dense/train', { seed: 2 })]
  const old = (await store.results.get(one.key))!
  const again = madeAgain(store, [one.key])
  expect((await again.results.find(one.key)).found).toBe('none')
  expect((await again.results.findMany([one.key, two.key])).map(({ found }) => found)).toEqual(['none', 'sound'])
  expect((await store.results.find(one.key)).found).toBe('sound')
  expect(await again.results.get(one.key)).toEqual(old)

  const lost = { lease: { key: one.key, holder: 'nobody', fence: 1 } } as never // as a stage that was taken over has it
  expect(await again.results.put(old, lost)).toBe(false)
  expect((await again.results.find(one.key)).found).toBe('none')

  expect(await again.results.put({ ...old, finished: old.finished + 1 })).toBe(true)
  expect(await again.results.find(one.key)).toMatchObject({ found: 'sound', result: { finished: old.finished + 1 } })
})

test('everything else of the store is as it was', async () => {
  const store = await temporaryStore()
  const { key } = await keep(store, 'dense/train')
  const again = madeAgain(store, [key])
  await again.results.putMetrics(key, [{ series: 'loss', step: 1, value: 2 }])
  expect(await store.results.seriesOf(key)).toEqual(['loss'])
  expect(await again.results.count()).toBe(1)
  expect(again.journal).toBe(store.journal)
})
