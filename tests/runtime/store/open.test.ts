import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { StoreProblem } from '../../../runtime/problem.ts'
import { readArtifact, writeArtifact } from '../../../runtime/store/artifact.ts'
import { objectPath } from '../../../runtime/store/folder/layout.ts'
import { defaultStoreDirectory } from '../../../runtime/store/location.ts'
import { openStore } from '../../../runtime/store/open.ts'
import type { StageResult } from '../../../runtime/store/results.ts'
import type { DiskStore } from '../../../runtime/store/sqlite/disk-store.ts'
import { noteUse } from '../../../runtime/store/sqlite/uses.ts'
import { numerics, smallNetwork, temporaryFolder, temporaryStore } from './temporary-store.ts'

const key = 'ab'.repeat(32)
const result = (changes: Partial<StageResult> = {}): StageResult => ({
  key,
  kind: 'train',
  path: 'dense/train',
  manifest: { kind: 'train', options: { epochs: 3 } },
  artifact: undefined,
  snapshots: {},
  metrics: { 'validation/accuracy': 0.97 },
  numerics,
  finished: 1_700_000_000_000,
  seconds: 1.5,
  ...changes,
})
const fileOf = (store: DiskStore, digest: string) => objectPath(store.layout, digest.slice(7))
async function partOf(store: DiskStore, artifact: string, part: 'weights' | 'masks' | 'topology'): Promise<string> {
  return JSON.parse(await readFile(fileOf(store, artifact), 'utf8'))[part]
}
const problemOf = (work: Promise<unknown>): Promise<StoreProblem> =>
  work.then(
    () => expect.fail('no error'),
    (problem) => problem,
  )
const run = promisify(execFile)
const storeModule = join(import.meta.dirname, '../../../runtime/store/open.ts')

describe('results', () => {
  test('are found by their key, all fields as they were', async () => {
    const store = await temporaryStore()
    expect(await store.results.find(key)).toEqual({ found: 'none' })
    const artifact = await writeArtifact(store.objects, smallNetwork(1, true))
    const snapshot = await writeArtifact(store.objects, smallNetwork(2))
    const stored = result({ artifact, snapshots: { '2': snapshot } })
    await store.results.put(stored)
    expect(await store.results.find(key)).toEqual({ found: 'sound', result: stored })
    expect(await readArtifact(store.objects, artifact)).toEqual(smallNetwork(1, true))
  })

  test('of stages that only measure need no artifact', async () => {
    const store = await temporaryStore()
    await store.results.put(result({ numerics: undefined }))
    expect(await store.results.find(key)).toEqual({ found: 'sound', result: result({ numerics: undefined }) })
  })

  test('of several keys come in the order that was asked, found or not', async () => {
    const store = await temporaryStore()
    const [first, absent, last] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string]
    const artifact = await writeArtifact(store.objects, smallNetwork(1))
    await store.results.put(result({ key: first, artifact }))
    await store.results.put(result({ key: last }))
    const found = await store.results.findMany([last, absent, first, last])
    expect(found.map((one) => (one.found === 'sound' ? one.result.key : one.found))).toEqual([last, 'none', first, last])
    expect(await store.results.findMany([])).toEqual([])
    await expect(store.results.findMany([first, 'no key'])).rejects.toThrow()
  })

  test('are there after opening again, and in another process', async () => {
    const store = await temporaryStore()
    await store.results.put(result())
    const again = await openStore(store.layout.root)
    expect((await again.results.find(key)).found).toBe('sound')
    again.close()
    const code = `const { openStore } = await import(${JSON.stringify(storeModule)})
      const store = await openStore(${JSON.stringify(store.layout.root)})
      console.log((await store.results.find('${key}')).found)`
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', code])
    expect([stdout.trim(), stderr]).toEqual(['sound', ''])
  })

  test.each<['weights' | 'masks' | 'topology', string]>([
    ['weights', 'missing'],
    ['weights', 'damaged'],
    ['masks', 'damaged'],
    ['topology', 'missing'],
  ])('do not count while their %s are %s', async (part, how) => {
    const store = await temporaryStore()
    const artifact = await writeArtifact(store.objects, smallNetwork(1, true))
    await store.results.put(result({ artifact }))
    expect((await store.results.find(key)).found).toBe('sound') // so that the check below is not the first
    const file = fileOf(store, await partOf(store, artifact, part))
    if (how === 'missing') await rm(file)
    else {
      const content = await readFile(file)
      content[content.length - 1]! ^= 1
      await writeFile(file, content)
      await utimes(file, 1000, 1000)
    }
    expect(await store.results.find(key)).toMatchObject({ found: 'damaged', reason: how })
    expect(await store.results.find(key)).toMatchObject({ found: 'damaged', reason: how })
    await writeArtifact(store.objects, smallNetwork(1, true))
    expect((await store.results.find(key)).found).toBe('sound')
  })

  test('a snapshot that is gone is not listed; the result still counts', async () => {
    const store = await temporaryStore()
    const artifact = await writeArtifact(store.objects, smallNetwork(1))
    const snapshots = { '1': await writeArtifact(store.objects, smallNetwork(2)), '2': await writeArtifact(store.objects, smallNetwork(3)) }
    await store.results.put(result({ artifact, snapshots }))
    await rm(fileOf(store, await partOf(store, snapshots['1'], 'weights')))
    expect(await store.results.find(key)).toEqual({ found: 'sound', result: result({ artifact, snapshots: { '2': snapshots['2'] } }) })
  })

  test('put again with another snapshot keeps both; with another artifact only the new', async () => {
    const store = await temporaryStore()
    const [a, b, c] = await Promise.all([1, 2, 3].map((seed) => writeArtifact(store.objects, smallNetwork(seed))))
    await store.results.put(result({ artifact: a!, snapshots: { '1': b! } }))
    await store.results.put(result({ artifact: a!, snapshots: { '2': c! } }))
    expect(await store.results.find(key)).toMatchObject({ result: { snapshots: { '1': b, '2': c } } })
    await store.results.put(result({ artifact: b!, snapshots: { '2': c! } }))
    expect(await store.results.find(key)).toMatchObject({ result: { artifact: b, snapshots: { '2': c } } })
    expect((await store.results.find(key)) as { result: StageResult }).not.toHaveProperty(['result', 'snapshots', '1'])
  })

  test('a metric that is not a number is refused, and nothing is kept', async () => {
    const store = await temporaryStore()
    await expect(store.results.put(result({ metrics: { loss: Number.NaN } }))).rejects.toThrow('NaN')
    expect(await store.results.find(key)).toEqual({ found: 'none' })
  })

  test('the order of manifests survives a clock set back', async () => {
    const store = await temporaryStore()
    await store.results.put(result({ manifest: { n: 1 } }))
    vi.useFakeTimers({ now: Date.now() - 86_400_000, toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    await store.results.put(result({ key: 'cd'.repeat(32), manifest: { n: 2 } }))
    expect(await store.results.earlierManifests('dense/train')).toEqual([{ n: 2 }, { n: 1 }])
  })

  test('the manifests of a path come back, the newest first, hits included', async () => {
    const store = await temporaryStore()
    const other = 'cd'.repeat(32)
    await store.results.put(result({ manifest: { n: 1 } }))
    await store.results.put(result({ key: other, manifest: { n: 2 } }))
    expect(await store.results.earlierManifests('dense/train')).toEqual([{ n: 2 }, { n: 1 }])
    store.index.transaction(() => noteUse(store.index, [{ path: 'dense/train', key }]))
    store.index.transaction(() => noteUse(store.index, [{ path: 'renamed/train', key: other }]))
    expect(await store.results.earlierManifests('dense/train')).toEqual([{ n: 1 }, { n: 2 }])
    expect(await store.results.earlierManifests('renamed/train')).toEqual([{ n: 2 }])
    expect(await store.results.earlierManifests('nowhere')).toEqual([])
  })
})

describe('metrics', () => {
  test('written again at the same step replace the earlier ones: curves never fork', async () => {
    const store = await temporaryStore()
    const points = (values: number[], from = 0) => values.map((value, i) => ({ series: 'train/loss', step: from + i, value }))
    await store.results.putMetrics(key, points([5, 4, 3, 2]))
    await store.results.putMetrics(key, points([3, 2, 1], 2))
    await store.results.putMetrics(key, [{ series: 'other', step: 0, value: 9 }])
    expect(await store.results.metricsOf(key, 'train/loss')).toEqual(points([5, 4, 3, 2, 1]))
  })

  test('keep NaN and infinity', async () => {
    const store = await temporaryStore()
    const points = [Number.NaN, Number.POSITIVE_INFINITY, 1e-300].map((value, step) => ({ series: 's', step, value }))
    await store.results.putMetrics(key, points)
    expect(await store.results.metricsOf(key, 's')).toEqual(points)
  })
})

describe('the index', () => {
  test('of a newer version is refused by a sentence, and not a byte of it changes', async () => {
    const folder = await temporaryFolder()
    ;(await openStore(folder)).close()
    const file = join(folder, 'index.sqlite')
    const db = new DatabaseSync(file)
    db.exec('PRAGMA user_version = 99')
    db.close()
    const before = await readFile(file)
    const problem = await problemOf(openStore(folder))
    expect(problem).toMatchObject({ _tag: 'StoreProblem', kind: 'newer-version' })
    expect(problem.message).toContain('99')
    expect(await readFile(file)).toEqual(before)
  })

  test('that is no database is refused, and not a byte of it changes', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'index.sqlite')
    await writeFile(file, 'once upon a time '.repeat(1000))
    const problem = await problemOf(openStore(folder))
    expect(problem).toMatchObject({ kind: 'index-damaged' })
    expect(problem.message).toContain(file)
    expect(await readFile(file, 'utf8')).toBe('once upon a time '.repeat(1000))
  })

  test('cut off in the middle is told as damaged', async () => {
    const folder = await temporaryFolder()
    const store = await openStore(folder)
    for (let i = 0; i < 200; i++)
      await store.results.put(result({ key: i.toString(16).padStart(64, '0'), manifest: { filler: 'x'.repeat(500) } }))
    store.close()
    await truncate(join(folder, 'index.sqlite'), 3 * 4096)
    const problem = await problemOf(
      openStore(folder).then(async (again) => {
        for (let i = 0; i < 200; i++) await again.results.find(i.toString(16).padStart(64, '0'))
      }),
    )
    expect(problem).toMatchObject({ kind: 'index-damaged' })
  })

  test('a store in a place that is no folder is an error with the place', async () => {
    const file = join(await temporaryFolder(), 'file')
    await writeFile(file, '')
    expect((await problemOf(openStore(join(file, 'store')))).message).toContain(file)
  })

  test('four processes may make and fill it at once', async () => {
    const folder = join(await temporaryFolder(), 'store')
    const code = (n: number) => `const { openStore } = await import(${JSON.stringify(storeModule)})
      const store = await openStore(${JSON.stringify(folder)})
      for (let i = 0; i < 20; i++) await store.results.putMetrics('${key}', [{ series: 's${n}', step: i, value: i }])
      store.close()`
    await Promise.all([0, 1, 2, 3].map((n) => run(process.execPath, ['--input-type=module', '-e', code(n)])))
    const store = await openStore(folder)
    for (const n of [0, 1, 2, 3]) expect((await store.results.metricsOf(key, `s${n}`)).length).toBe(20)
    store.close()
  })
})

test('the store lies beside the nearest package.json', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'a/b'), { recursive: true })
  expect(defaultStoreDirectory(join(folder, 'a/b/x.pipeline.ts'))).toBe(join(folder, 'a/b/.espalier'))
  await writeFile(join(folder, 'package.json'), '{}')
  expect(defaultStoreDirectory(join(folder, 'a/b/x.pipeline.ts'))).toBe(join(folder, '.espalier'))
  await expect(stat(join(folder, '.espalier'))).rejects.toThrow()
})
