import { mkdir, open, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Checkpoint, latestCheckpoint, latestHeader } from '../../../../runtime/store/checkpoints.ts'
import { FolderCheckpoints } from '../../../../runtime/store/folder/checkpoints.ts'
import type { StoredTensor } from '../../../../runtime/store/safetensors.ts'
import { numerics, temporaryFolder } from '../temporary-store.ts'

const key = 'ab'.repeat(32)
const at = (step: number): Checkpoint => ({
  step,
  tensors: new Map<string, StoredTensor>([
    ['weights/fc1/kernel', { dtype: 'F32', shape: [2], data: Float32Array.of(step, -0) }],
    ['slots/momentum/fc1/kernel', { dtype: 'F32', shape: [2], data: Float32Array.of(0.25, Number.NaN) }],
    ['order', { dtype: 'I32', shape: [1], data: Int32Array.of(step) }],
  ]),
  counters: { epoch: 3, lossSum: 0.1 + 0.2, series: [{ series: 'train/loss', step: 1, value: 2 }] },
  snapshots: { '2': `sha256:${'c'.repeat(64)}` },
  numerics,
})

describe('checkpoints', () => {
  test('read back exactly', async () => {
    const dir = await temporaryFolder()
    await new FolderCheckpoints(dir).write(key, at(7))
    expect(await latestCheckpoint(new FolderCheckpoints(dir), key, numerics)).toEqual({ checkpoint: at(7), ignored: [] })
  })

  test('the last two are kept', async () => {
    const dir = await temporaryFolder()
    for (const step of [5, 10, 100]) await new FolderCheckpoints(dir).write(key, at(step))
    expect((await readdir(join(dir, key))).map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b)).toEqual([10, 100])
    expect((await latestCheckpoint(new FolderCheckpoints(dir), key)).checkpoint?.step).toBe(100)
  })

  test.each(['flipped', 'truncated'])('a %s one is passed over for the one before it', async (how) => {
    const dir = await temporaryFolder()
    await new FolderCheckpoints(dir).write(key, at(5))
    await new FolderCheckpoints(dir).write(key, at(10))
    const file = join(dir, key, (await readdir(join(dir, key))).find((name) => name.startsWith('10-'))!)
    const content = await readFile(file)
    content[content.length - 3]! ^= 1
    if (how === 'flipped') await writeFile(file, content)
    else await truncate(file, 100)
    expect(await latestCheckpoint(new FolderCheckpoints(dir), key)).toEqual({
      checkpoint: at(5),
      ignored: ['the checkpoint at step 10 is damaged'],
    })
  })

  test('after a fall-back, the damaged one is what goes', async () => {
    const dir = await temporaryFolder()
    await new FolderCheckpoints(dir).write(key, at(1000))
    const [name] = await readdir(join(dir, key))
    await truncate(join(dir, key, name!), 50)
    await utimes(join(dir, key, name!), 1000, 1000)
    await new FolderCheckpoints(dir).write(key, at(5))
    await new FolderCheckpoints(dir).write(key, at(10))
    expect(await latestCheckpoint(new FolderCheckpoints(dir), key)).toEqual({ checkpoint: at(10), ignored: [] })
  })

  test('one made with other numerics is not used, says why, and stays for the machine that made it', async () => {
    const dir = await temporaryFolder()
    await new FolderCheckpoints(dir).write(key, at(5))
    const found = await latestCheckpoint(new FolderCheckpoints(dir), key, { ...numerics, threads: 2 })
    expect(found).toEqual({
      checkpoint: undefined,
      ignored: ['the checkpoint at step 5 was made with other numerics (threads 1 instead of 2)'],
    })
    expect((await latestCheckpoint(new FolderCheckpoints(dir), key, numerics)).checkpoint?.step).toBe(5)
  })

  test('half-written and foreign files are not checkpoints', async () => {
    const dir = await temporaryFolder()
    await mkdir(join(dir, key))
    for (const name of ['99-0123456789abcdef.ckpt.123.aabb', 'notes.txt', '-1-0123456789abcdef.ckpt'])
      await writeFile(join(dir, key, name), 'x')
    expect(await latestCheckpoint(new FolderCheckpoints(dir), key)).toEqual({ checkpoint: undefined, ignored: [] })
  })

  test('are gone after removal; removing none is no error', async () => {
    const dir = await temporaryFolder()
    await new FolderCheckpoints(dir).write(key, at(5))
    await new FolderCheckpoints(dir).remove(key)
    await new FolderCheckpoints(dir).remove(key)
    expect(await readdir(dir)).toEqual([])
  })

  test('the step of a large one is found by its header: of 50 MB of tensors not one byte is read', async () => {
    const dir = await temporaryFolder()
    const checkpoints = new FolderCheckpoints(dir)
    const large: StoredTensor = { dtype: 'F32', shape: [12_500_000], data: new Float32Array(12_500_000) }
    await checkpoints.write(key, { ...at(7), tensors: new Map([['weights/fc1/kernel', large]]) })
    const file = join(dir, key, (await readdir(join(dir, key)))[0]!)
    const handle = await open(file)
    const read = vi.spyOn(Object.getPrototypeOf(handle), 'read')
    onTestFinished(() => read.mockRestore())
    const headerBytes = Number((await handle.read(Buffer.alloc(8), 0, 8, 0)).buffer.readBigUInt64LE())
    await handle.close()
    read.mockClear()
    const { tensors: _, ...header } = at(7)
    expect(await latestHeader(checkpoints, key)).toEqual({ checkpoint: header, ignored: [] })
    const bytes = (await Promise.all(read.mock.results.map(({ value }) => value))).map(({ bytesRead }) => bytesRead)
    expect(bytes).toEqual([8, headerBytes])
    expect(headerBytes).toBeLessThan(2000)
    expect((await stat(file)).size).toBeGreaterThan(50e6)
  })

  test('one that was cut short is known by its header; other damage when it is loaded', async () => {
    const dir = await temporaryFolder()
    const checkpoints = new FolderCheckpoints(dir)
    for (const step of [5, 10]) await checkpoints.write(key, at(step))
    const file = join(dir, key, (await readdir(join(dir, key))).find((name) => name.startsWith('10-'))!)
    const content = await readFile(file)
    content[content.length - 3]! ^= 1
    await writeFile(file, content)
    expect((await latestHeader(checkpoints, key)).checkpoint?.step).toBe(10)
    expect((await latestCheckpoint(checkpoints, key)).checkpoint?.step).toBe(5)
    await truncate(file, content.length - 1)
    expect(await latestHeader(checkpoints, key)).toMatchObject({
      checkpoint: { step: 5 },
      ignored: ['the checkpoint at step 10 is damaged'],
    })
  })

  test.each(['..', '../x', 'AB'.repeat(32), ''])('the key %j leads nowhere', async (bad) => {
    const dir = await temporaryFolder()
    await expect(new FolderCheckpoints(dir).remove(bad)).rejects.toMatchObject({ kind: 'malformed' })
    await expect(new FolderCheckpoints(dir).write(bad, at(1))).rejects.toMatchObject({ kind: 'malformed' })
  })
})
