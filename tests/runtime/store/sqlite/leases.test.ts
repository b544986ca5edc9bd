import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Lease, LeaseOptions } from '../../../../runtime/store/leases.ts'
import { openStore } from '../../../../runtime/store/open.ts'
import type { StageResult } from '../../../../runtime/store/results.ts'
import { Leases, leasedKeys } from '../../../../runtime/store/sqlite/leases.ts'
import type { Store } from '../../../../runtime/store/store.ts'
import { temporaryStore } from '../temporary-store.ts'

const key = 'ab'.repeat(32)
const quick: LeaseOptions = { beatSeconds: 0.02, expireSeconds: 0.2 }

afterEach(() => vi.useRealTimers())

/** As another process has it. */
async function again({ layout }: Store): Promise<Store> {
  const store = await openStore(layout.root)
  onTestFinished(() => store.close())
  return store
}

const leaseOf = (leases: Leases): Lease => {
  const taken = leases.take(key)
  if ('held' in taken) throw new Error('it is held')
  return taken.lease
}

const result: StageResult = {
  key,
  kind: 'prune',
  path: 'prune',
  manifest: {},
  artifact: undefined,
  snapshots: {},
  metrics: {},
  numerics: undefined,
  finished: 0,
  seconds: 0,
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('a key is leased to one at a time, and others see how far it is', async () => {
  const store = await temporaryStore()
  const [mine, theirs] = [new Leases(store.index), new Leases((await again(store)).index)]
  const lease = leaseOf(mine)
  expect(theirs.take(key)).toEqual({ held: { by: `process ${process.pid}`, progress: null } })
  mine.report(lease, { step: 3 })
  expect(theirs.look(key)).toEqual({ by: `process ${process.pid}`, progress: { step: 3 } })
  expect(leasedKeys(store.index)).toEqual([key])
  mine.release(lease)
  expect(theirs.look(key)).toBeUndefined()
  expect(theirs.take(key)).toMatchObject({ lease: { key }, tookOver: false })
})

test('as long as the heartbeat moves a lease is not taken over, whatever the clock says', async () => {
  const store = await temporaryStore()
  const [mine, theirs] = [new Leases(store.index, quick), new Leases((await again(store)).index, quick)]
  const lease = leaseOf(mine)
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2001-01-01') })
  for (let i = 0; i < 10; i++) {
    expect(theirs.take(key)).toHaveProperty('held')
    vi.setSystemTime(new Date(i % 2 === 0 ? '2040-01-01' : '1990-01-01'))
    await sleep(50)
  }
  mine.release(lease)
})

test('a heartbeat that stands still ends the lease; its holder, awake again, cannot publish', async () => {
  const store = await temporaryStore()
  // Beats too slowly to be seen alive.
  const asleep = new Leases(store.index, { beatSeconds: 3600 })
  const lost = leaseOf(asleep)
  const other = await again(store)
  const awake = new Leases(other.index, quick)
  expect(awake.take(key)).toHaveProperty('held')
  await sleep(250)
  const taken = awake.take(key)
  expect(taken).toMatchObject({ lease: { key }, tookOver: true })
  expect(await store.putResult(result, { lease: lost })).toBe(false)
  expect(await store.findResult(key)).toEqual({ found: 'none' })
  await store.putMetrics(key, [{ series: 'loss', step: 1, value: 1 }], lost)
  expect(await store.seriesOf(key)).toEqual([])
  asleep.report(lost, { step: 9 })
  expect(asleep.look(key)).toEqual({ by: `process ${process.pid}`, progress: null })
  // What the new holder has is not taken by the old one letting go.
  asleep.release(lost)
  expect(await other.putResult(result, taken as { lease: Lease })).toBe(true)
  expect(await store.findResult(key)).toMatchObject({ found: 'sound' })
  // The result and the end of the lease are one.
  expect(store.index.all('SELECT * FROM leases')).toEqual([])
})

test('the lease of a process that is gone from this machine is taken at once', async () => {
  const store = await temporaryStore()
  const module = (name: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../../../runtime/store', name)).href)
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { openStore } = await import(${module('open.ts')})
     const { Leases } = await import(${module('sqlite/leases.ts')})
     const store = await openStore(${JSON.stringify(store.layout.root)})
     new Leases(store.index).take('${key}')
     console.log('taken')
     setInterval(() => {}, 1000)`,
  ])
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const leases = new Leases(store.index)
  expect(leases.take(key)).toEqual({ held: { by: `process ${child.pid}`, progress: null } })
  expect(leasedKeys(store.index)).toEqual([key])
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  expect(leasedKeys(store.index)).toEqual([])
  expect(leases.take(key)).toMatchObject({ lease: { key }, tookOver: true })
  // Nothing of the dead is left behind.
  expect(store.index.all('SELECT count(*) AS n FROM holders')).toEqual([{ n: 1 }])
})
