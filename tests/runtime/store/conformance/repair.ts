/** What holds of the repair of every store. */
import { describe, expect, test } from 'vitest'
import { writeArtifact } from '../../../../runtime/store/artifact.ts'
import { repairContents } from '../../../../runtime/store/maintenance/repair.ts'
import { verify } from '../../../../runtime/store/maintenance/verify.ts'
import { smallNetwork } from '../temporary-store.ts'
import { type Backend, freshIn, key, other, result } from './backend.ts'

export function repairConform(backend: Backend): void {
  const { name } = backend
  const fresh = () => freshIn(backend)
  describe(`a store ${name}: repair`, () => {
    test('sets a damaged object aside, and forgets the result it belonged to and no other', async () => {
      const { store, damage } = await fresh()
      const [artifact, gone, kept] = await Promise.all([1, 2, 3].map((seed) => writeArtifact(store.objects, smallNetwork(seed))))
      await store.results.put(result({ artifact: artifact! }))
      await store.results.put(result({ key: other, path: 'other/train', artifact: kept!, snapshots: { '1': gone!, '2': kept! } }))
      await damage(artifact!)
      await damage(gone!)
      const { findings, missing } = await repairContents(store)
      expect([findings.map(({ kind }) => kind), missing]).toEqual([['object', 'object', 'result', 'result'], 2])
      expect(await store.results.find(key)).toEqual({ found: 'none' })
      expect((await store.results.get(other))?.snapshots).toEqual({ '2': kept })
      expect((await verify(store)).findings).toEqual([])
    })
  })
}
