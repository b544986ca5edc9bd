import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { writeArtifact } from '../../../../runtime/store/artifact.ts'
import { copy } from '../../../../runtime/store/maintenance/copy.ts'
import { verify } from '../../../../runtime/store/maintenance/verify.ts'
import { memoryStore } from '../../../../runtime/store/memory/memory-store.ts'
import { openStore } from '../../../../runtime/store/open.ts'
import type { StageResult } from '../../../../runtime/store/results.ts'
import type { Store } from '../../../../runtime/store/store.ts'
import type { StorePlace } from '../../../../runtime/store/store-place.ts'
import { noPostgres, postgresForFile } from '../postgres/server.ts'
import { numerics, smallNetwork, temporaryFolder } from '../temporary-store.ts'

const server = postgresForFile()
const keyOf = (n: number): string => n.toString(16).padStart(64, '0')

async function trained(store: Store, n: number): Promise<StageResult> {
  const [end, first, state] = [
    await writeArtifact(store.objects, smallNetwork(n, true)),
    await writeArtifact(store.objects, smallNetwork(n + 0.5)),
    await store.objects.put(Buffer.from(`state ${n}`)),
  ]
  const result: StageResult = {
    key: keyOf(n),
    kind: 'train',
    path: `arm${n}/train`,
    manifest: { kind: 'train', options: { score: { fingerprint: `f${n}` } }, inputs: {} },
    artifact: end,
    snapshots: { '1': first },
    metrics: { 'test/accuracy': 0.5 },
    numerics,
    finished: 1_700_000_000_000 + n,
    seconds: n,
  }
  await store.functions.remember(new Map([[`f${n}`, { name: `score${n}`, parts: [] }]]))
  await store.results.put(result, { training: { prefix: `p${n}`, epochs: 2, state, weights: { '1': 'aa', '2': 'bb' } } })
  await store.results.putMetrics(result.key, [{ series: 'loss', step: 1, value: Number.NaN }])
  return result
}

async function expectCopied(store: Store, result: StageResult): Promise<void> {
  expect(await store.results.find(result.key)).toEqual({ found: 'sound', result })
  const prefix = `p${result.seconds}`
  expect(await store.results.trainingStates(prefix, numerics)).toMatchObject([
    { epoch: 1, state: undefined },
    { epoch: 2, state: expect.any(String) },
  ])
  expect(await store.results.epochWeights(result.key)).toEqual({ '1': 'aa', '2': 'bb' })
  expect(await store.results.metricsOf(result.key, 'loss')).toEqual([{ series: 'loss', step: 1, value: Number.NaN }])
  expect((await store.functions.find([`f${result.seconds}`])).size).toBe(1)
}

async function opened(place: string | StorePlace): Promise<Store> {
  const store = await openStore(place)
  onTestFinished(() => store.close())
  return store
}
async function shared(): Promise<StorePlace> {
  const folder = await temporaryFolder()
  return { home: join(folder, 'home'), objects: join(folder, 'objects'), database: server().createDatabase() }
}
const onDisk = async () => join(await temporaryFolder(), '.espalier')

test('all of a result is copied, and only what is missing: again nothing, and after one more that one', async () => {
  const [from, to] = [await opened(await onDisk()), memoryStore()]
  const results = [await trained(from, 1), await trained(from, 2)]
  expect(await copy(from, to)).toMatchObject({ results: 2, objects: 2 * 5 + 2, present: 0, damaged: [] })
  for (const each of results) await expectCopied(to, each)
  expect(await copy(from, to)).toMatchObject({ results: 0, objects: 0, bytes: 0, present: 2 })
  await trained(from, 3)
  expect(await copy(from, to)).toMatchObject({ results: 1, objects: 5, present: 2 })
  expect((await verify(to)).findings).toEqual([])
})

test('what is damaged is left out and reported, and what is damaged in the second store is repaired by the copy', async () => {
  const [from, to] = [await opened(await onDisk()), await opened(await onDisk())]
  const [bad, good] = [await trained(from, 1), await trained(from, 2)]
  await copy(from, to)
  await rm((await to.objects.whereIs(good.artifact!)).file)
  await writeFile((await from.objects.whereIs(bad.artifact!)).file, 'damaged')
  await to.inventory.forget(bad.key)
  expect(await copy(from, to)).toMatchObject({ results: 1, damaged: ['arm1/train'] })
  await expectCopied(to, good)
  expect(await to.results.get(bad.key)).toBeUndefined()
})

describe.skipIf(noPostgres !== undefined)(`between machines (${noPostgres ?? 'PostgreSQL'})`, () => {
  test('there and back: a laptop’s store, a shared one, another laptop’s', async () => {
    const [laptop, both, other] = [await opened(await onDisk()), await opened(await shared()), await opened(await onDisk())]
    const results = [await trained(laptop, 1), await trained(laptop, 2)]
    const mine = await trained(other, 3)
    await laptop.journal.remember({ file: '/p/a.pipeline.ts', target: 'default', keys: { 'arm1/train': keyOf(1) } })
    expect(await copy(laptop, both)).toMatchObject({ results: 2, damaged: [] })
    expect(await copy(other, both)).toMatchObject({ results: 1, damaged: [] })
    expect(await copy(both, other)).toMatchObject({ results: 2, present: 1 })
    expect(await copy(both, laptop)).toMatchObject({ results: 1, present: 2 })
    for (const store of [laptop, both, other]) {
      for (const each of [...results, mine]) await expectCopied(store, each)
      expect((await verify(store)).findings).toEqual([])
    }
    expect(await both.journal.targets()).toMatchObject([{ file: '/p/a.pipeline.ts' }])
  })

  test('a copy that is killed again and again comes to its end, and never leaves a result without its objects', async () => {
    const [here, there] = [await onDisk(), await shared()]
    const from = await openStore(here)
    for (let n = 1; n <= 120; n++) await trained(from, n)
    from.close()
    const to = await opened(there)
    let [kills, copied] = [0, 0]
    for (let ended = false; !ended; ) {
      const child = fork(join(import.meta.dirname, 'copy-process.ts'), [here, JSON.stringify(there)])
      const exit = once(child, 'exit')
      await once(child, 'message')
      await Promise.race([exit, sleep(50 + 100 * kills)])
      child.kill('SIGKILL')
      const [code] = await exit
      ended = code === 0
      if (!ended) kills++
      const before = copied
      copied = await to.results.count()
      expect(copied).toBeGreaterThanOrEqual(before)
      expect((await verify(to)).findings).toEqual([])
    }
    expect(kills).toBeGreaterThan(1)
    expect(copied).toBe(120)
    const again = await opened(here)
    expect(await copy(again, to)).toMatchObject({ results: 0, objects: 0, present: 120 })
  })
})
