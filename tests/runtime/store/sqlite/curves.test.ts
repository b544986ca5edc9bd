import { expect, test } from 'vitest'
import { overviewPieces } from '../../../../runtime/store/results.ts'
import { openDisk } from '../../../../runtime/store/sqlite/disk-store.ts'
import { temporaryFolder } from '../temporary-store.ts'

const key = 'cd'.repeat(32)
const result = {
  ...{ key, kind: 'train', path: 'dense/train', manifest: { n: 1 }, artifact: undefined, snapshots: {}, metrics: {}, numerics: undefined },
  ...{ finished: 1_700_000_000_000, seconds: 1 },
}
const points = (series: string, count: number) => Array.from({ length: count }, (_, step) => ({ series, step, value: Math.sin(step) }))

async function trained() {
  const store = await openDisk(await temporaryFolder())
  await store.results.putMetrics(key, [...points('long', 30_000), ...points('short', 100)])
  const read = await store.results.curveOf(key, 'long', { most: overviewPieces })
  await store.results.put(result)
  const kept = () => store.index.all('SELECT series, points FROM overviews')
  return { store, read, kept }
}

test('a long curve is thinned once, with its result, and read as its points say it', async () => {
  const { store, read, kept } = await trained()
  expect(kept()).toEqual([{ series: 'long', points: 30_000 }])
  expect(await store.results.curveOf(key, 'long', { most: overviewPieces })).toEqual(read)
  // It is the overview that is read: without its points it still is.
  store.index.run('DELETE FROM metrics')
  expect(await store.results.curveOf(key, 'long', { most: overviewPieces })).toEqual(read)
  expect((await store.results.curveOf(key, 'long', { from: 0, to: 10, most: overviewPieces })).pieces).toEqual([])
  store.close()
})

test('a curve that gets another point is read from its points again', async () => {
  const { store, kept } = await trained()
  await store.results.putMetrics(key, [{ series: 'long', step: 30_000, value: 7 }])
  expect(kept()).toEqual([])
  const { points, pieces } = await store.results.curveOf(key, 'long', { most: overviewPieces })
  expect([points, pieces.at(-1)?.high]).toEqual([30_001, 7])
  store.close()
})

test('what goes with a result takes its overviews along', async () => {
  const { store, kept } = await trained()
  const [gone] = await store.inventory.results()
  await store.inventory.remove({ results: [gone!], objects: [], others: [] })
  expect(kept()).toEqual([])
  store.close()
})

test('a curve with an infinity, which JSON cannot say, is read from its points', async () => {
  const store = await openDisk(await temporaryFolder())
  await store.results.putMetrics(key, [...points('long', 30_000), { series: 'long', step: 30_000, value: Number.POSITIVE_INFINITY }])
  await store.results.put(result)
  expect((await store.results.curveOf(key, 'long', { most: overviewPieces })).pieces.at(-1)?.high).toBe(Number.POSITIVE_INFINITY)
  store.close()
})
