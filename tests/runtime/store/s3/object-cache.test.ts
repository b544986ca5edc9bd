import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digestOf } from '../../../../runtime/store/address.ts'
import { ObjectCache } from '../../../../runtime/store/s3/object-cache.ts'
import { temporaryFolder } from '../temporary-store.ts'

const content = (n: number) => Buffer.alloc(100, `${n} `)
const fileOf = (folder: string, n: number) => join(folder, digestOf(content(n)).slice('sha256:'.length))

test('what was put is there, until it is damaged', async () => {
  const folder = await temporaryFolder()
  const cache = new ObjectCache(folder, 1000)
  await cache.put(digestOf(content(1)), content(1))
  expect(await cache.get(digestOf(content(1)))).toEqual(content(1))
  expect(await cache.get(digestOf(content(2)))).toBeUndefined()
  await writeFile(fileOf(folder, 1), content(2))
  expect(await cache.get(digestOf(content(1)))).toBeUndefined()
  expect((await readdir(folder)).filter((name) => name !== 'tmp')).toEqual([])
})

test('it never holds more than it may: what was used least recently goes, in every process', async () => {
  const folder = await temporaryFolder()
  for (let n = 1; n <= 10; n++) {
    await new ObjectCache(folder, 1000).put(digestOf(content(n)), content(n))
    await utimes(fileOf(folder, n), n, n)
  }
  const cache = new ObjectCache(folder, 1000)
  expect(await cache.get(digestOf(content(1)))).toEqual(content(1)) // now the last that was used
  await cache.put(digestOf(content(11)), content(11))
  const kept = (await readdir(folder)).filter((name) => name !== 'tmp')
  expect(kept).toHaveLength(9)
  expect(await cache.get(digestOf(content(1)))).toEqual(content(1))
  expect(await cache.get(digestOf(content(11)))).toEqual(content(11))
  expect(await cache.get(digestOf(content(2)))).toBeUndefined()
})

test('it is none of a thing that would take a quarter of it, and none at all when its size is 0 or it cannot be written', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'a-file')
  await writeFile(file, '')
  for (const cache of [new ObjectCache(folder, 399), new ObjectCache(folder, 0), new ObjectCache(join(file, 'none'), 1000)]) {
    await cache.put(digestOf(content(1)), content(1))
    expect(await cache.get(digestOf(content(1)))).toBeUndefined()
  }
})

test('an object that is put again counts once', async () => {
  const folder = await temporaryFolder()
  const cache = new ObjectCache(folder, 1000)
  for (let n = 1; n <= 8; n++) await cache.put(digestOf(content(n)), content(n))
  for (let again = 0; again < 5; again++) await cache.put(digestOf(content(8)), content(8))
  expect(await cache.get(digestOf(content(1)))).toEqual(content(1))
})
