import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import * as Effect from 'effect/Effect'
import * as Layer from 'effect/Layer'
import * as TestClock from 'effect/testing/TestClock'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { StoreProblem } from '../../../runtime/problem.ts'
import { writeArtifact } from '../../../runtime/store/artifact.ts'
import { objectPath } from '../../../runtime/store/folder/layout.ts'
import { defaultStoreDirectory } from '../../../runtime/store/location.ts'
import { verify } from '../../../runtime/store/maintenance/verify.ts'
import { openStore, StoreService, storeLayer } from '../../../runtime/store/open.ts'
import type { StageResult } from '../../../runtime/store/results.ts'
import { type DiskStore, openDisk } from '../../../runtime/store/sqlite/disk-store.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { handClock } from './hand-clock.ts'
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
})

describe('bits that flip where neither size nor time of the file tells', () => {
  async function rotten(part: 'weights' | 'masks' | 'topology') {
    const store = await temporaryStore()
    const artifact = await writeArtifact(store.objects, smallNetwork(1, true))
    await store.results.put(result({ artifact }))
    expect((await store.results.find(key)).found).toBe('sound')
    const digest = await partOf(store, artifact, part)
    const { mtimeMs } = await stat(fileOf(store, digest))
    const content = await readFile(fileOf(store, digest))
    content[content.length - 1]! ^= 1
    await writeFile(fileOf(store, digest), content)
    await utimes(fileOf(store, digest), mtimeMs / 1000, mtimeMs / 1000)
    store.index.run('UPDATE verified SET mtime = ? WHERE digest = ?', (await stat(fileOf(store, digest))).mtimeMs, digest)
    return { store, digest }
  }

  test.each(['weights', 'masks', 'topology'] as const)(
    'pass in %s until everything is read before it counts; then they are set aside',
    async (part) => {
      const { store, digest } = await rotten(part)
      const opened = async (rehash: boolean) => {
        const again = await openStore(store.layout.root, { rehash })
        onTestFinished(() => again.close())
        return again.results
      }
      expect((await (await opened(false)).find(key)).found).toBe('sound')
      expect((await verify(store)).findings.map(({ kind }) => kind)).toEqual(['object', 'result'])
      const careful = await opened(true)
      expect(await careful.find(key)).toMatchObject({ found: 'damaged', reason: 'damaged' })
      expect(await readdir(store.layout.quarantine)).toEqual([digest.slice(7)])
      await writeArtifact(store.objects, smallNetwork(1, true))
      expect((await careful.find(key)).found).toBe('sound')
      expect((await (await opened(false)).find(key)).found).toBe('sound')
    },
  )

  test('each object is read once, however often it is asked for', async () => {
    const store = await temporaryStore()
    await store.results.put(result({ artifact: await writeArtifact(store.objects, smallNetwork(1, true)) }))
    const careful = await openDisk(store.layout.root, { rehash: true })
    onTestFinished(() => careful.close())
    await careful.results.find(key)
    await rm(store.layout.objects, { recursive: true })
    expect(await careful.results.find(key)).toMatchObject({ found: 'damaged', reason: 'missing' })
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
    await writeFile(file, 'not a database at all '.repeat(1000))
    const problem = await problemOf(openStore(folder))
    expect(problem).toMatchObject({ kind: 'index-damaged' })
    expect(problem.message).toContain(file)
    expect(await readFile(file, 'utf8')).toBe('not a database at all '.repeat(1000))
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

test('a layer opens a store and closes it with its scope; leases go by the clock of the test', async () => {
  const location = join(await temporaryFolder(), '.espalier')
  const key = 'ab'.repeat(32)
  // As of a suspended process: no heartbeat.
  const clock = handClock()
  const asleep = await openStore(location, { leases: { clock } })
  onTestFinished(() => asleep.close())
  await asleep.leases.take(key)
  const opened: Store[] = []
  const taking = Effect.gen(function* () {
    const store = yield* StoreService
    opened.push(store)
    const take = Effect.promise(() => store.leases.take(key))
    for (let looks = 0; looks < 2; looks++) {
      expect(yield* take).toHaveProperty('holder')
      yield* TestClock.adjust('6 seconds')
    }
    expect(yield* take).toMatchObject({ tookOver: true })
    // It beats by the same clock.
    for (let i = 0; i < 5; i++) {
      expect(yield* Effect.promise(() => asleep.leases.holderOf(key))).toBeDefined()
      yield* TestClock.adjust('9 seconds')
      clock.advance(9)
    }
  })
  const layer = storeLayer((leases) => openStore(location, { leases }))
  await Effect.runPromise(Effect.provide(taking, Layer.provideMerge(layer, TestClock.layer())))
  await expect(opened[0]!.results.count()).rejects.toThrow()
})
