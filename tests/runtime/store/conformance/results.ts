/** What holds of the results of every store. */
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { readArtifact, writeArtifact } from '../../../../runtime/store/artifact.ts'
import { numerics, smallNetwork } from '../temporary-store.ts'
import { type Backend, freshIn, key, other, result } from './backend.ts'

export function resultsConform(backend: Backend): void {
  const { name } = backend
  const fresh = () => freshIn(backend)
  describe(`a store ${name}: results`, () => {
    test('are found by their key in every process, all fields as they were', async () => {
      const { store, open } = await fresh()
      expect(await store.results.find(key)).toEqual({ found: 'none' })
      const artifact = await writeArtifact(store.objects, smallNetwork(1, true))
      const stored = result({ artifact, snapshots: { '2': await writeArtifact(store.objects, smallNetwork(2)) } })
      expect(await store.results.put(stored)).toBe(true)
      const again = await open()
      for (const each of [store, again]) expect(await each.results.find(key)).toEqual({ found: 'sound', result: stored })
      expect(await again.results.get(key)).toEqual(stored)
      expect(await readArtifact(again.objects, artifact)).toEqual(smallNetwork(1, true))
      expect(await again.results.count()).toBe(1)
    })

    test('of stages that only measure need no artifact', async () => {
      const { store } = await fresh()
      await store.results.put(result({ numerics: undefined }))
      expect(await store.results.find(key)).toEqual({ found: 'sound', result: result({ numerics: undefined }) })
    })

    test('of several keys come in the order that was asked, found or not', async () => {
      const { store } = await fresh()
      await store.results.put(result())
      const found = await store.results.findMany([other, key, other, key])
      expect(found.map(({ found }) => found)).toEqual(['none', 'sound', 'none', 'sound'])
      expect(await store.results.findMany([])).toEqual([])
      await expect(store.results.findMany([key, 'no key'])).rejects.toMatchObject({ kind: 'malformed' })
    })

    test.each(['missing', 'damaged'] as const)('do not count while a part is %s, and count again when it is written again', async (how) => {
      const { store, damage, remove } = await fresh()
      const artifact = await writeArtifact(store.objects, smallNetwork(1, true))
      await store.results.put(result({ artifact }))
      expect((await store.results.find(key)).found).toBe('sound') // so that the check below is not the first
      const { weights } = JSON.parse(Buffer.from(await store.objects.get(artifact)).toString())
      await (how === 'missing' ? remove(weights) : damage(weights))
      for (let i = 0; i < 2; i++) expect(await store.results.find(key)).toMatchObject({ found: 'damaged', reason: how })
      expect(await store.results.whatIsWrongWith(artifact)).toBe(how)
      await writeArtifact(store.objects, smallNetwork(1, true))
      expect((await store.results.find(key)).found).toBe('sound')
    })

    test('a snapshot that is gone is not listed; the result still counts', async () => {
      const { store, remove } = await fresh()
      const [artifact, gone, kept] = await Promise.all([1, 2, 3].map((seed) => writeArtifact(store.objects, smallNetwork(seed))))
      await store.results.put(result({ artifact, snapshots: { '1': gone!, '2': kept! } }))
      await remove(gone!)
      expect(await store.results.find(key)).toEqual({ found: 'sound', result: result({ artifact, snapshots: { '2': kept! } }) })
    })

    test('put again with another snapshot keep both; with another artifact only the new', async () => {
      const { store } = await fresh()
      const [a, b, c] = await Promise.all([1, 2, 3].map((seed) => writeArtifact(store.objects, smallNetwork(seed))))
      await store.results.put(result({ artifact: a, snapshots: { '1': b! } }))
      await store.results.put(result({ artifact: a, snapshots: { '2': c! } }))
      expect((await store.results.get(key))?.snapshots).toEqual({ '1': b, '2': c })
      await store.results.put(result({ artifact: b, snapshots: { '2': c! } }))
      expect((await store.results.get(key))?.snapshots).toEqual({ '2': c })
    })

    test('with a metric that is not a number are refused, and nothing is kept', async () => {
      const { store } = await fresh()
      await expect(store.results.put(result({ metrics: { loss: Number.NaN } }))).rejects.toThrow('NaN')
      expect(await store.results.find(key)).toEqual({ found: 'none' })
    })

    test('the manifests of a path come back, the newest first, whatever the clock says', async () => {
      const { store } = await fresh()
      await store.results.put(result({ manifest: { n: 1 } }))
      vi.useFakeTimers({ now: Date.now() - 86_400_000, toFake: ['Date'] })
      onTestFinished(() => void vi.useRealTimers())
      await store.results.put(result({ key: other, manifest: { n: 2 } }))
      expect(await store.results.earlierManifests(['dense/train'])).toEqual([[{ n: 2 }, { n: 1 }]])
      await store.results.put(result({ manifest: { n: 1 } }))
      await store.results.put(result({ key: 'ef'.repeat(32), path: 'other/train', manifest: { n: 3 } }))
      const asked = ['other/train', 'nowhere', 'dense/train', 'other/train']
      expect(await store.results.earlierManifests(asked)).toEqual([[{ n: 3 }], [], [{ n: 1 }, { n: 2 }], [{ n: 3 }]])
    })

    test('tell how long stages took, which were used last, and what made an artifact', async () => {
      const { store } = await fresh()
      const artifact = await writeArtifact(store.objects, smallNetwork(1))
      const snapshot = await writeArtifact(store.objects, smallNetwork(2))
      await store.results.put(result({ artifact }))
      await store.results.put(result({ key: other, path: 'other/train', seconds: 9, finished: 2e12, snapshots: { '1': snapshot } }))
      const at = (path: string, kind = 'train') => ({ path, kind })
      expect(await store.results.lastDurations([at('other/train'), at('dense/train'), at('nowhere'), at('dense/train', 'prune')])).toEqual([
        { seconds: 9, options: { epochs: 3 } },
        { seconds: 1.5, options: { epochs: 3 } },
        undefined,
        undefined,
      ])
      expect((await store.results.durations('train')).map(({ seconds }) => seconds)).toEqual([1.5, 9])
      expect(await store.results.durations('prune')).toEqual([])
      expect((await store.results.lastUsed(1)).map((used) => used)).toEqual([
        { key: other, path: 'other/train', kind: 'train', inputs: { model: 'a' } },
      ])
      expect(await store.results.makerOf(artifact)).toBe('dense/train')
      expect(await store.results.makerOf(snapshot)).toBe('other/train')
      const digits = [key.slice(0, 8), artifact.slice(7, 19)]
      for (const each of digits) expect(await store.results.beginningWith(each)).toMatchObject([{ key, path: 'dense/train' }])
    })

    test('trainings that begin alike are told where they have come to, as far as objects are there', async () => {
      const { store, remove } = await fresh()
      const [end, state, first] = await Promise.all([1, 2, 3].map((seed) => writeArtifact(store.objects, smallNetwork(seed))))
      const training = { prefix: 'p', epochs: 3, state: state!, weights: { '1': 'aa', '3': 'bb' } }
      await store.results.put(result({ artifact: end, snapshots: { '1': first!, '2@5': first! } }), { training })
      expect(await store.results.epochWeights(key)).toEqual(training.weights)
      expect(await store.results.trainingOf((await store.results.get(key))!)).toEqual(training)
      const known = [
        { epoch: 1, artifact: first, state: undefined },
        { epoch: 3, artifact: end, state },
      ]
      expect(await store.results.trainingStates('p', numerics)).toEqual(known)
      expect(await store.results.trainingStates('p', undefined)).toEqual(known)
      expect(await store.results.trainingStates('p', { ...numerics, threads: 2 })).toEqual([])
      await remove(state!)
      await remove(first!)
      expect(await store.results.trainingStates('p', numerics)).toEqual([{ epoch: 3, artifact: end, state: undefined }])
    })

    test('curves written again at the same step replace the earlier points; NaN and infinity stay', async () => {
      const { store } = await fresh()
      const points = [10, 2, 3].map((step) => ({ series: 'loss', step, value: step / 2 }))
      await store.results.putMetrics(key, points)
      await store.results.putMetrics(key, [{ series: 'loss', step: 3, value: Number.NaN }])
      await store.results.putMetrics(key, [{ series: 'accuracy', step: 1, value: Number.POSITIVE_INFINITY }])
      expect((await store.results.metricsOf(key, 'loss')).map(({ step, value }) => [step, value])).toEqual([
        [2, 1],
        [3, Number.NaN],
        [10, 5],
      ])
      expect(await store.results.metricsOf(key, 'accuracy')).toEqual([{ series: 'accuracy', step: 1, value: Number.POSITIVE_INFINITY }])
      expect(await store.results.seriesOf(key)).toEqual(['accuracy', 'loss'])
    })

    test('a curve is read in pieces with their extremes, whole or between two steps', async () => {
      const { store } = await fresh()
      await store.results.putMetrics(
        key,
        Array.from({ length: 10 }, (_, step) => ({ series: 'loss', step, value: step === 1 ? Number.NaN : step })),
      )
      const curve = await store.results.curveOf(key, 'loss', { most: 5 })
      expect(curve.points).toBe(10)
      expect(curve.pieces.map(({ step, mean, low, high }) => [step, mean, low, high])).toEqual([
        [0, 0, 0, 0],
        [2, 2.5, 2, 3],
        [4, 4.5, 4, 5],
        [6, 6.5, 6, 7],
        [8, 8.5, 8, 9],
      ])
      const part = await store.results.curveOf(key, 'loss', { from: 4, to: 6, most: 5 })
      expect(part.pieces.map(({ step }) => step)).toEqual([4, 5, 6])
      const sparse = [0, 500, 1000].map((step) => ({ series: 'sparse', step, value: step }))
      await store.results.putMetrics(key, sparse)
      expect((await store.results.curveOf(key, 'sparse', { most: 100 })).pieces.map(({ step }) => step)).toEqual([0, 500, 1000])
      expect(await store.results.curveOf(key, 'none', { most: 5 })).toEqual({ points: 0, pieces: [] })
    })
  })
}
