/** What a store cannot do, and says so. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { writeArtifact } from '../../../../runtime/store/artifact.ts'
import { collect } from '../../../../runtime/store/maintenance/gc.ts'
import { smallNetwork } from '../temporary-store.ts'
import { type Backend, freshIn, key, other, result } from './backend.ts'

export function limitsConform(backend: Backend): void {
  const { name, full, newer } = backend
  const fresh = () => freshIn(backend)
  describe(`a store ${name}: what it cannot do`, () => {
    test('one that cannot be written is read, and says so when it is to be written', async () => {
      const { store, openReadOnly } = await fresh()
      await store.results.put(result())
      store.close()
      const reading = await openReadOnly()
      onTestFinished(() => reading.close())
      expect(reading.readOnly).toBe(true)
      expect(await reading.results.find(key)).toMatchObject({ found: 'sound' })
      await expect(reading.results.put(result({ key: other }))).rejects.toMatchObject({ kind: 'read-only' })
      await expect(reading.pins.add([key])).rejects.toMatchObject({ kind: 'read-only' })
      await expect(collect(reading, { results: [], objects: [], others: [] })).rejects.toMatchObject({ kind: 'read-only' })
      await reading.journal.remember({ file: 'a', target: 'b', keys: {} })
      expect(await reading.journal.targets()).toEqual([])
    })

    test.runIf(full !== undefined)('a full one says so, and what it held is safe', async () => {
      const store = await full!()
      onTestFinished(() => store.close())
      const small = await writeArtifact(store.objects, smallNetwork(1))
      await store.results.put(result({ artifact: small }))
      await expect(store.objects.put(new Uint8Array(8e6))).rejects.toMatchObject({ kind: 'disk-full' })
      expect(await store.results.find(key)).toMatchObject({ found: 'sound' })
    })

    test.runIf(newer !== undefined)('one of a newer version is refused', async () => {
      await expect((await newer!()).open()).rejects.toMatchObject({ kind: 'newer-version' })
    })
  })
}
