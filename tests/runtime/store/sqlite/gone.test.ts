import { mkdir, rename, rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openDisk } from '../../../../runtime/store/sqlite/disk-store.ts'
import { temporaryFolder } from '../temporary-store.ts'

test('a store knows that it was removed, or that another one is in its place', async () => {
  const folder = await temporaryFolder()
  const store = await openDisk(folder)
  expect(store.isGone?.()).toBe(false)
  await store.results.putMetrics('ab'.repeat(32), [{ series: 'loss', step: 1, value: 2 }])
  expect(store.isGone?.()).toBe(false)
  const moved = await temporaryFolder()
  await rm(moved, { recursive: true })
  await rename(folder, moved)
  expect(store.isGone?.()).toBe(true)
  await mkdir(folder)
  const other = await openDisk(folder)
  expect([store.isGone?.(), other.isGone?.()]).toEqual([true, false])
  other.close()
  store.close()
})
