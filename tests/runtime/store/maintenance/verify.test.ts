import { existsSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeArtifact } from '../../../../runtime/store/artifact.ts'
import { objectPath } from '../../../../runtime/store/folder/layout.ts'
import { RunLog } from '../../../../runtime/store/folder/run-log.ts'
import { objectsIn } from '../../../../runtime/store/folder/stored-files.ts'
import { statOf } from '../../../../runtime/store/maintenance/stat.ts'
import { verify } from '../../../../runtime/store/maintenance/verify.ts'
import { openStore } from '../../../../runtime/store/open.ts'
import type { StageResult } from '../../../../runtime/store/results.ts'
import type { DiskStore } from '../../../../runtime/store/sqlite/disk-store.ts'
import { repair } from '../../../../runtime/store/sqlite/repair.ts'
import { numerics, smallNetwork, temporaryStore } from '../temporary-store.ts'

const keyOf = (n: number): string => n.toString(16).padStart(64, '0')
const fileOf = (store: DiskStore, digest: string) => objectPath(store.layout, digest.slice(7))

async function resultWith(store: DiskStore, n: number, snapshots: StageResult['snapshots'] = {}): Promise<StageResult> {
  const artifact = await writeArtifact(store.objects, smallNetwork(n))
  const result = {
    key: keyOf(n),
    kind: 'train',
    path: `arm${n}/train`,
    manifest: { kind: 'train', n },
    artifact,
    snapshots,
    metrics: { 'test/accuracy': 0.5 },
    numerics,
    finished: n,
    seconds: 1,
  }
  await store.results.put(result)
  return result
}

/** One bit, and neither size nor time tell. */
async function flip(file: string): Promise<void> {
  const content = await readFile(file)
  content[content.length - 1]! ^= 1
  await writeFile(file, content)
}

/** Everything in the store's folder but the index, which SQLite may rewrite when it is opened. */
async function contents(store: DiskStore): Promise<string[]> {
  return (await objectsIn(store.layout)).map(({ file }) => file)
}

describe('verify', () => {
  test('says nothing of a sound store', async () => {
    const store = await temporaryStore()
    await resultWith(store, 1)
    expect(await verify(store)).toEqual({ findings: [], objects: 3, results: 1, checkpoints: 0 })
  })

  test('finds a flipped bit where the file looks untouched, names the stage it belongs to, and changes nothing', async () => {
    const store = await temporaryStore()
    const { artifact } = await resultWith(store, 1)
    const weights = JSON.parse(await readFile(fileOf(store, artifact!), 'utf8')).weights as string
    await flip(fileOf(store, weights))
    const before = await contents(store)
    const { findings } = await verify(store)
    expect(findings.map(({ kind, what }) => [kind, what])).toEqual([
      ['object', weights],
      ['result', 'arm1/train'],
    ])
    expect(await contents(store)).toEqual(before)
  })

  test('finds what is missing, in a stage and in its snapshots', async () => {
    const store = await temporaryStore()
    const snapshot = await writeArtifact(store.objects, smallNetwork(8))
    await resultWith(store, 1, { '2': snapshot })
    await rm(fileOf(store, snapshot))
    const { findings } = await verify(store)
    expect(findings).toMatchObject([{ kind: 'result', what: 'arm1/train at 2', snapshot: '2' }])
  })

  test('finds damaged checkpoints', async () => {
    const store = await temporaryStore()
    const tensors = new Map([['w', { dtype: 'F32' as const, shape: [1], data: new Float32Array(1) }]])
    await store.checkpoints.write(keyOf(1), { step: 3, tensors, counters: {}, numerics })
    const { findings, checkpoints } = await verify(store)
    expect([findings, checkpoints]).toEqual([[], 1])
    const [name] = await import('node:fs/promises').then(({ readdir }) => readdir(join(store.layout.checkpoints, keyOf(1))))
    await flip(join(store.layout.checkpoints, keyOf(1), name!))
    expect((await verify(store)).findings).toMatchObject([{ kind: 'checkpoint' }])
  })
})

describe('repair', () => {
  test('sets damaged objects aside and forgets the result, so that a run computes it again; the rest stays', async () => {
    const store = await temporaryStore()
    const { artifact } = await resultWith(store, 1)
    await resultWith(store, 2)
    await flip(fileOf(store, artifact!))
    const { findings, index, missing } = await repair(store.layout.root)
    expect([index, missing]).toEqual([undefined, 1])
    expect(findings).toHaveLength(2)
    expect(existsSync(join(store.layout.quarantine, artifact!.slice(7)))).toBe(true)
    expect((await store.results.find(keyOf(1))).found).toBe('none')
    expect((await store.results.find(keyOf(2))).found).toBe('sound')
    expect((await verify(store)).findings).toEqual([])
  })

  test('of a snapshot that is gone, forgets the snapshot alone', async () => {
    const store = await temporaryStore()
    const [gone, kept] = [await writeArtifact(store.objects, smallNetwork(8)), await writeArtifact(store.objects, smallNetwork(9))]
    const before = await resultWith(store, 1, { '2': gone, '3': kept })
    await rm(fileOf(store, gone))
    await repair(store.layout.root)
    expect(await store.results.find(keyOf(1))).toEqual({ found: 'sound', result: { ...before, snapshots: { '3': kept } } })
  })

  test.each(['its middle overwritten', 'no database at all', 'gone'])('makes an index again that is damaged: %s', async (how) => {
    const store = await temporaryStore()
    const results: StageResult[] = []
    const log = new RunLog(store.layout, 1)
    for (let n = 1; n <= 40; n++) {
      const result = await resultWith(store, n)
      results.push(result)
      const { key, kind, path, metrics, seconds } = result
      log.write(
        { event: 'stage-done', path, kind, key, artifact: result.artifact ?? null, metrics, seconds } as Parameters<RunLog['write']>[0],
        n,
        { result },
      )
    }
    log.close()
    const { root, index } = store.layout
    store.close()
    if (how === 'gone') await rename(index, `${index}.away`)
    else {
      const content = await readFile(index)
      if (how === 'no database at all') content.fill(120)
      else content.fill(0, 8192, 20480)
      await writeFile(index, content)
      await expect(openStore(root).then((opened) => verify(opened).then(({ findings }) => expect(findings).toEqual([])))).rejects.toThrow()
    }
    const { index: rebuilt } = await repair(root)
    expect(rebuilt!.fromLogs + rebuilt!.rows).toBeGreaterThanOrEqual(40)
    const again = await openStore(root)
    for (const result of results) expect(await again.results.find(result.key)).toEqual({ found: 'sound', result })
    expect((await verify(again)).findings).toEqual([])
    again.close()
  })

  test('takes nothing from a log that does not look like a result', async () => {
    const store = await temporaryStore()
    const good = await resultWith(store, 1)
    store.close()
    await rm(store.layout.index)
    const { mkdir } = await import('node:fs/promises')
    await mkdir(join(store.layout.runs, '1'), { recursive: true })
    const lines = [{ result: { ...good, key: '../../etc' } }, { result: { key: good.key } }, { result: 7 }, { result: good }]
    await writeFile(join(store.layout.runs, '1', 'log.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'))
    expect((await repair(store.layout.root)).index?.fromLogs).toBe(1)
  })
})

test('stat counts files, bytes and results by kind', async () => {
  const store = await temporaryStore()
  await resultWith(store, 1)
  const { results, parts } = await statOf(store)
  expect(results).toEqual({ train: 1 })
  expect(parts.objects.count).toBe(3)
  expect(parts.objects.bytes).toBe((await objectsIn(store.layout)).reduce((sum, { bytes }) => sum + bytes, 0))
})
