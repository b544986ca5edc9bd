import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { StoreProblem } from '../../../../runtime/problem.ts'
import { openDisk } from '../../../../runtime/store/sqlite/disk-store.ts'
import { migrations } from '../../../../runtime/store/sqlite/migrations.ts'
import { temporaryFolder } from '../temporary-store.ts'

const key = 'ab'.repeat(32)

async function storeOfVersion(version: number): Promise<string> {
  const folder = await temporaryFolder()
  const db = new DatabaseSync(join(folder, 'index.sqlite'))
  for (const migration of migrations.slice(0, version)) db.exec(migration)
  db.exec(`INSERT INTO results VALUES ('${key}', 'train', 'dense/train', '{"n":1}', NULL, '{}', '{"loss":0.5}', NULL, 1700000000000, 1.5)`)
  db.exec(`INSERT INTO places VALUES ('dense/train', '${key}', 1700000000000)`)
  db.exec(`PRAGMA user_version = ${version}`)
  db.close()
  return folder
}

test.each(migrations.map((_, i) => i + 1))('an index of version %i is brought up to date, and keeps what it knows', async (version) => {
  const store = await openDisk(await storeOfVersion(version))
  const found = await store.results.find(key)
  expect(found).toMatchObject({ found: 'sound', result: { path: 'dense/train', metrics: { loss: 0.5 }, finished: 1700000000000 } })
  expect(await store.results.earlierManifests(['dense/train'])).toEqual([[{ n: 1 }]])
  expect(store.index.all('PRAGMA user_version')).toEqual([{ user_version: migrations.length }])
  store.close()
})

test('results of the first version count as used when they were finished', async () => {
  const store = await openDisk(await storeOfVersion(1))
  expect(store.index.all('SELECT * FROM uses')).toEqual([{ key, tick: 1700000000000 }])
  store.close()
})

test('many processes may bring an index up to date at once', async () => {
  const folder = await storeOfVersion(1)
  const stores = await Promise.all(Array.from({ length: 4 }, () => openDisk(folder)))
  for (const store of stores) expect(store.index.all('PRAGMA user_version')).toEqual([{ user_version: migrations.length }])
  for (const store of stores) store.close()
})

test('a newer index is refused, and not a byte of it is changed', async () => {
  const folder = await storeOfVersion(migrations.length)
  const file = join(folder, 'index.sqlite')
  const db = new DatabaseSync(file)
  db.exec(`PRAGMA user_version = ${migrations.length + 1}`)
  db.close()
  const before = await readFile(file)
  const problem = await openDisk(folder).catch((cause: unknown) => cause)
  expect(problem).toBeInstanceOf(StoreProblem)
  expect(problem).toMatchObject({ kind: 'newer-version', hint: expect.stringContaining('Update espalier') })
  expect((await readFile(file)).equals(before)).toBe(true)
})
