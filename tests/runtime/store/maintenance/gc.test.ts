import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { writeArtifact } from '../../../../runtime/store/artifact.ts'
import { latestCheckpoint } from '../../../../runtime/store/checkpoints.ts'
import { objectsIn } from '../../../../runtime/store/folder/stored-files.ts'
import { collect, findGarbage } from '../../../../runtime/store/maintenance/gc.ts'
import { thisProcess } from '../../../../runtime/store/process-identity.ts'
import { type DiskStore, openDisk } from '../../../../runtime/store/sqlite/disk-store.ts'
import { numerics, smallNetwork, temporaryStore } from '../temporary-store.ts'

const old = new Date('2020-01-01')
const keyOf = (n: number): string => n.toString(16).padStart(64, '0')

/** A result with an artifact of its own, last needed long ago in the order of `n`. */
async function oldResult(store: DiskStore, n: number, network = smallNetwork(n)): Promise<string> {
  const artifact = await writeArtifact(store.objects, network)
  const key = keyOf(n)
  const manifest = { kind: 'train', n }
  await store.results.put({
    key,
    kind: 'train',
    path: `arm${n}/train`,
    manifest,
    artifact,
    snapshots: {},
    metrics: {},
    numerics,
    finished: n,
    seconds: 1,
  })
  store.index.run('UPDATE uses SET tick = ? WHERE key = ?', n, key)
  return key
}

async function ageAll(store: DiskStore): Promise<void> {
  for (const { file } of await objectsIn(store.layout)) await utimes(file, old, old)
}

async function filledStore(results: number): Promise<DiskStore> {
  const store = await temporaryStore()
  for (let n = 1; n <= results; n++) await oldResult(store, n)
  await ageAll(store)
  return store
}

const keysLeft = (store: DiskStore) =>
  store.index.all('SELECT key FROM results ORDER BY key').map(({ key }) => Number.parseInt(String(key), 16))

describe('gc', () => {
  test('removes what nothing reaches, rows and files, and leaves what a known pipeline leads to as it was', async () => {
    const store = await filledStore(3)
    await store.journal.remember({ file: import.meta.filename, target: 'default', keys: { 'arm2/train': keyOf(2) } })
    const garbage = await findGarbage(store)
    expect(garbage.results.map(({ path }) => path)).toEqual(['arm3/train', 'arm1/train'])
    await collect(store, garbage)
    expect(keysLeft(store)).toEqual([2])
    expect((await store.results.find(keyOf(2))).found).toBe('sound')
    // Topology, weights and the artifact that names them.
    expect(await objectsIn(store.layout)).toHaveLength(3)
  })

  test('finding removes nothing', async () => {
    const store = await filledStore(2)
    await findGarbage(store)
    expect(keysLeft(store)).toEqual([1, 2])
  })

  test('a pipeline whose file is gone is not known any more', async () => {
    const store = await filledStore(1)
    await store.journal.remember({ file: '/nowhere/gone.pipeline.ts', target: 'default', keys: { train: keyOf(1) } })
    expect((await findGarbage(store)).results).toHaveLength(1)
  })

  test('pins keep, until unpinned', async () => {
    const store = await filledStore(2)
    expect(await store.pins.add([keyOf(1), keyOf(1)])).toEqual([keyOf(1)])
    expect(await store.pins.add([keyOf(1)])).toEqual([])
    expect((await findGarbage(store)).results.map(({ key }) => key)).toEqual([keyOf(2)])
    expect(await store.pins.remove([keyOf(1), keyOf(2)])).toEqual([keyOf(1)])
    expect(await store.pins.all()).toEqual([])
    expect((await findGarbage(store)).results).toHaveLength(2)
  })

  test('the newest runs keep what they went through, and a run that goes on keeps it however old it is', async () => {
    const store = await filledStore(3)
    const stage = 'INSERT INTO run_stages (run, position, path, key, kind, outcome, seconds) VALUES (?, 0, ?, ?, ?, ?, 1)'
    for (const n of [1, 2, 3]) {
      const finished = n === 1 ? null : n
      const status = n === 1 ? null : 'done'
      const insert = 'INSERT INTO runs (id, file, target, started, finished, status, process) VALUES (?, ?, ?, ?, ?, ?, ?)'
      store.index.run(insert, n, '/gone.pipeline.ts', 'default', n, finished, status, thisProcess())
      store.index.run(stage, n, `arm${n}/train`, keyOf(n), 'train', 'run')
    }
    expect((await findGarbage(store, { keepRuns: 1 })).results.map(({ key }) => key)).toEqual([keyOf(2)])
    expect((await findGarbage(store, { keepRuns: 2 })).results).toEqual([])
  })

  test('a budget keeps what was needed most recently, and counts what results share once', async () => {
    const store = await filledStore(4)
    const sizes = await objectsIn(store.layout)
    const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
    expect((await findGarbage(store, { budget: total })).results).toEqual([])
    const { results, kept } = await findGarbage(store, { budget: total - 1 })
    expect(results.map(({ key }) => key)).toEqual([keyOf(1)])
    expect(kept.bytes).toBeLessThan(total)
    expect(kept.reached).toBe(0)
  })

  test('objects that a kept result shares with one that goes stay', async () => {
    const store = await temporaryStore()
    await oldResult(store, 1, smallNetwork(7))
    await oldResult(store, 2, smallNetwork(7, true)) // the same topology and weights, under a mask
    await ageAll(store)
    await store.pins.add([keyOf(1)])
    await collect(store, await findGarbage(store))
    expect((await store.results.find(keyOf(1))).found).toBe('sound')
    expect(keysLeft(store)).toEqual([1])
  })

  test('what was written within the hour stays: its result may be a moment away', async () => {
    const store = await temporaryStore()
    await writeArtifact(store.objects, smallNetwork(1))
    expect((await findGarbage(store)).objects).toEqual([])
    await ageAll(store)
    expect((await findGarbage(store)).objects).toHaveLength(3)
  })

  test('a result that was needed between finding and removing stays, with its objects', async () => {
    const store = await filledStore(2)
    const garbage = await findGarbage(store)
    store.index.run('UPDATE uses SET tick = ? WHERE key = ?', Date.now(), keyOf(1))
    await collect(store, garbage)
    expect(keysLeft(store)).toEqual([1])
    expect((await store.results.find(keyOf(1))).found).toBe('sound')
  })

  test('a checkpoint that can be resumed stays with the snapshots it has made, and one beside a result that nothing needs goes', async () => {
    const store = await temporaryStore()
    const snapshot = await writeArtifact(store.objects, smallNetwork(9))
    const tensors = new Map([['w', { dtype: 'F32' as const, shape: [1], data: new Float32Array(1) }]])
    const checkpoint = { step: 5, tensors, counters: {}, snapshots: { '1': snapshot }, numerics }
    await store.checkpoints.write(keyOf(1), checkpoint)
    await oldResult(store, 2)
    await store.checkpoints.write(keyOf(2), checkpoint)
    await ageAll(store)
    await utimes(join(store.layout.checkpoints, keyOf(2)), old, old)
    for (const name of await readdir(join(store.layout.checkpoints, keyOf(2))))
      await utimes(join(store.layout.checkpoints, keyOf(2), name), old, old)
    await collect(store, await findGarbage(store))
    expect((await latestCheckpoint(store.checkpoints, keyOf(1))).checkpoint?.step).toBe(5)
    expect(await store.results.whatIsWrongWith(snapshot)).toBeUndefined()
    expect(existsSync(join(store.layout.checkpoints, keyOf(2)))).toBe(false)
  })

  test('checkpoints that a process has written after another one had finished its stage go, also of what stays; those of a replay stay', async () => {
    const store = await filledStore(3)
    const checkpoint = { step: 5, tensors: new Map(), counters: {}, numerics }
    await store.pins.add([keyOf(1), keyOf(2), keyOf(3)])
    for (const n of [1, 2, 3]) await store.checkpoints.write(keyOf(n), { ...checkpoint, ...(n === 2 ? { replays: '4' } : {}) })
    await store.leases.take(keyOf(3))
    expect((await findGarbage(store)).others).toEqual([])
    const others = await openDisk(store.layout.root)
    onTestFinished(() => others.close())
    const garbage = await findGarbage(others, { grace: -1000 })
    expect(garbage.others.map(({ file }) => basename(file))).toEqual([keyOf(1)])
    expect(garbage.results).toEqual([])
  })

  test('forgets the leases of processes that are gone: what they held is held no more', async () => {
    const store = await filledStore(2)
    await store.leases.take(keyOf(1))
    store.index.run("UPDATE holders SET process = replace(process, ' ' || ?1 || ' ', ' 999999999 ')", String(process.pid))
    expect(await store.leases.keys()).toEqual([])
    const other = await openDisk(store.layout.root)
    onTestFinished(() => other.close())
    await other.leases.take(keyOf(2))
    const garbage = await findGarbage(other)
    expect(garbage.results.map(({ key }) => key)).toEqual([keyOf(1)])
    await collect(other, garbage)
    expect([store.index.all('SELECT key FROM leases'), store.index.all('SELECT * FROM holders').length]).toEqual([[{ key: keyOf(2) }], 1])
  })

  test('logs and converted data of what is gone go with it; what a kept result was made from stays', async () => {
    const store = await filledStore(1)
    const used = `sha256:${'a'.repeat(64)}`
    store.index.run('UPDATE results SET manifest = ? WHERE key = ?', JSON.stringify({ data: { content: used } }), keyOf(1))
    await store.pins.add([keyOf(1)])
    for (const folder of [store.layout.logs, store.layout.exports, store.layout.data]) await mkdir(folder, { recursive: true })
    const files = {
      [join(store.layout.logs, `${keyOf(1)}.log`)]: '',
      [join(store.layout.logs, `${keyOf(5)}.log`)]: '',
      [join(store.layout.exports, `${keyOf(1)}.json`)]: '',
      [join(store.layout.exports, `${keyOf(5)}.json`)]: '',
      [join(store.layout.data, 'digits-0123456789abcde1.json')]: JSON.stringify({ facts: { digest: used } }),
      [join(store.layout.data, 'digits-0123456789abcde1.bin')]: '',
      [join(store.layout.data, 'digits-0123456789abcde2.json')]: JSON.stringify({ facts: { digest: `sha256:${'b'.repeat(64)}` } }),
      [join(store.layout.data, 'digits-0123456789abcde2.bin')]: '',
    }
    for (const [file, text] of Object.entries(files)) {
      await writeFile(file, text)
      await utimes(file, old, old)
    }
    await collect(store, await findGarbage(store))
    expect(Object.keys(files).filter((file) => existsSync(file))).toEqual(Object.keys(files).filter((file) => /1\.|0001\./.test(file)))
  })

  test('removed by hand, objects that a result needs are no reason to stop', async () => {
    const store = await filledStore(1)
    await store.pins.add([keyOf(1)])
    await rm(store.layout.objects, { recursive: true })
    expect((await findGarbage(store)).results).toEqual([])
  })
})
