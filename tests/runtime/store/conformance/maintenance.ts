/** What holds of the maintenance of every store. */
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { writeArtifact } from '../../../../runtime/store/artifact.ts'
import { collect, findGarbage } from '../../../../runtime/store/maintenance/gc.ts'
import { statOf } from '../../../../runtime/store/maintenance/stat.ts'
import { verify } from '../../../../runtime/store/maintenance/verify.ts'
import { smallNetwork } from '../temporary-store.ts'
import { at, type Backend, freshIn, key, other, result } from './backend.ts'

export function maintenanceConform(backend: Backend): void {
  const { name } = backend
  const fresh = () => freshIn(backend)
  describe(`a store ${name}: maintenance`, () => {
    test('gc removes what nothing reaches and leaves what a pin holds', async () => {
      const { store } = await fresh()
      for (const [i, each] of [key, other].entries())
        await store.results.put(result({ key: each, path: `arm${i}`, artifact: await writeArtifact(store.objects, smallNetwork(i)) }))
      expect(await store.pins.add([key, key])).toEqual([key])
      expect(await store.pins.add([key])).toEqual([])
      vi.useFakeTimers({ now: Date.now() + 7_200_000, toFake: ['Date'] })
      onTestFinished(() => void vi.useRealTimers())
      const garbage = await findGarbage(store)
      expect(garbage.results.map(({ path }) => path)).toEqual(['arm1'])
      await collect(store, garbage)
      expect([await store.results.find(key), await store.results.find(other)]).toMatchObject([{ found: 'sound' }, { found: 'none' }])
      expect((await statOf(store)).parts.objects.count).toBe(3)
      expect(await store.pins.remove([key, other])).toEqual([key])
    })

    test('gc leaves an object that was written again after it was found', async () => {
      const { store, nextSecond } = await fresh()
      const [again, gone] = [await store.objects.put(Buffer.from('again')), await store.objects.put(Buffer.from('gone'))]
      vi.useFakeTimers({ now: Date.now() + 7_200_000, toFake: ['Date'] })
      onTestFinished(() => void vi.useRealTimers())
      const garbage = await findGarbage(store)
      expect(garbage.objects.map(({ digest }) => digest).sort()).toEqual([again, gone].sort())
      await nextSecond?.()
      await store.objects.put(Buffer.from('again'))
      await collect(store, garbage)
      expect([await store.objects.has(again), await store.objects.has(gone)]).toEqual([true, false])
    })

    test('verify finds a damaged object and the result it belongs to, and changes nothing', async () => {
      const { store, damage } = await fresh()
      const artifact = await writeArtifact(store.objects, smallNetwork(1))
      await store.results.put(result({ artifact }))
      await store.checkpoints.write(key, at(5))
      expect(await verify(store)).toEqual({ findings: [], objects: 3, results: 1, checkpoints: 1 })
      await damage(artifact)
      const { findings } = await verify(store)
      expect(findings.map(({ kind, what }) => [kind, what])).toEqual([
        ['object', artifact],
        ['result', 'dense/train'],
      ])
      expect((await verify(store)).findings).toEqual(findings)
    })
  })
}
