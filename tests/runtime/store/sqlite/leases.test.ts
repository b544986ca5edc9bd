import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryStore } from '../temporary-store.ts'

const key = 'ab'.repeat(32)

test('the lease of a process that is gone from this machine is taken at once', async () => {
  const { index, layout, leases } = await temporaryStore()
  const module = JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../../../runtime/store/open.ts')).href)
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { openStore } = await import(${module})
     const store = await openStore(${JSON.stringify(layout.root)})
     await store.leases.take('${key}')
     console.log('taken')
     setInterval(() => {}, 1000)`,
  ])
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve)
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)))
  })
  expect(await leases.take(key)).toEqual({ holder: { by: `process ${child.pid}`, progress: null } })
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  expect(await leases.holderOf(key)).toBeUndefined()
  expect(await leases.take(key)).toMatchObject({ lease: { key }, tookOver: true })
  // Nothing of the dead is left behind.
  expect(index.all('SELECT count(*) AS n FROM holders')).toEqual([{ n: 1 }])
})

test('a result and the end of its lease are one', async () => {
  const { index, leases, results } = await temporaryStore()
  const taken = await leases.take(key)
  if ('holder' in taken) throw new Error('it is held')
  const nothing = { manifest: {}, artifact: undefined, snapshots: {}, metrics: {}, numerics: undefined, finished: 0, seconds: 0 }
  expect(await results.put({ key, kind: 'prune', path: 'prune', ...nothing }, { lease: taken.lease })).toBe(true)
  expect(index.all('SELECT * FROM leases')).toEqual([])
  // Should the process end before it lets go.
  expect(index.all('SELECT * FROM holders')).toEqual([])
})
