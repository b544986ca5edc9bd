/** What holds of the objects and checkpoints of every store. */
import { describe, expect, test } from 'vitest'
import { latestCheckpoint, latestHeader } from '../../../../runtime/store/checkpoints.ts'
import { numerics } from '../temporary-store.ts'
import { at, type Backend, freshIn, key } from './backend.ts'

export function objectsConform(backend: Backend): void {
  const { name } = backend
  const fresh = () => freshIn(backend)
  describe(`a store ${name}: objects and checkpoints`, () => {
    test('an object has one address whoever writes it, and two writers do not disturb each other', async () => {
      const { store, open } = await fresh()
      const again = await open()
      const contents = Array.from({ length: 20 }, (_, i) => Buffer.from(`content ${i % 5}`))
      const digests = await Promise.all(contents.map((content, i) => (i % 2 === 0 ? store : again).objects.put(content)))
      expect(new Set(digests).size).toBe(5)
      for (const [i, digest] of digests.entries()) expect(Buffer.from(await store.objects.get(digest))).toEqual(contents[i])
      expect(await store.objects.whereIs(digests[0]!)).toMatchObject({ bytes: 9 })
      expect(await store.objects.has(`sha256:${'0'.repeat(64)}`)).toBe(false)
    })

    test('an object that is missing or damaged is told as that, and as no other text', async () => {
      const { store, damage } = await fresh()
      const digest = await store.objects.put(Buffer.from('content'))
      await damage(digest)
      await expect(store.objects.get(digest)).rejects.toMatchObject({ kind: 'corrupt' })
      await expect(store.objects.get(digest)).rejects.toMatchObject({ kind: 'missing' })
      await expect(store.objects.get('../../etc/passwd')).rejects.toMatchObject({ kind: 'malformed' })
    })

    test('the furthest checkpoint is found, its header without its tensors; two are kept', async () => {
      const { store, open } = await fresh()
      for (const step of [5, 10, 100]) await store.checkpoints.write(key, at(step))
      const again = await open()
      expect(await latestCheckpoint(again.checkpoints, key, numerics)).toEqual({ checkpoint: at(100), ignored: [] })
      const { tensors: _, ...header } = at(100)
      expect(await latestHeader(again.checkpoints, key, numerics)).toEqual({ checkpoint: header, ignored: [] })
      expect((await again.checkpoints.list(key)).map(({ step }) => step)).toEqual([100, 10])
      expect(await again.checkpoints.keys()).toEqual([key])
      const elsewhere = await latestHeader(again.checkpoints, key, { ...numerics, threads: 2 })
      expect(elsewhere).toMatchObject({
        checkpoint: undefined,
        ignored: [{}, {}].map(() => expect.stringContaining('threads 1 instead of 2')),
      })
      await store.checkpoints.remove(key)
      expect(await latestCheckpoint(again.checkpoints, key)).toEqual({ checkpoint: undefined, ignored: [] })
      await expect(store.checkpoints.write('../x', at(1))).rejects.toMatchObject({ kind: 'malformed' })
    })

    test('export records and logs come back as they were written', async () => {
      const { store } = await fresh()
      expect(await store.exports.find(key)).toBeUndefined()
      const files = [{ path: 'a.safetensors', bytes: 3, mtimeMs: 1.5, sha256: 'ab'.repeat(32) }]
      await store.exports.put(key, files)
      expect(await store.exports.find(key)).toEqual(files)
      expect(store.logs.read(key)).toBeUndefined()
      const [log, followed] = [store.logs.open(key), store.logs.follow(key)]
      log.note('begins')
      log.write('one\ntw')
      expect(followed.read()).toMatch(/^\[.*\] begins\none\n$/)
      log.write('o\n')
      expect(followed.read()).toBe('two\n')
      log.close()
      expect(store.logs.read(key)).toMatch(/one\ntwo\n$/)
    })
  })
}
