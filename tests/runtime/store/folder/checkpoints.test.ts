import { mkdir, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Checkpoint } from '../../../../runtime/store/checkpoints.ts'
import { latestCheckpoint, removeCheckpoints, writeCheckpoint } from '../../../../runtime/store/folder/checkpoints.ts'
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
    await writeCheckpoint(dir, key, at(7))
    expect(await latestCheckpoint(dir, key, numerics)).toEqual({ checkpoint: at(7), ignored: [] })
  })

  test('the last two are kept', async () => {
    const dir = await temporaryFolder()
    for (const step of [5, 10, 100]) await writeCheckpoint(dir, key, at(step))
    expect((await readdir(join(dir, key))).map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b)).toEqual([10, 100])
    expect((await latestCheckpoint(dir, key)).checkpoint?.step).toBe(100)
  })

  test.each(['flipped', 'truncated'])('a %s one is passed over for the one before it', async (how) => {
    const dir = await temporaryFolder()
    await writeCheckpoint(dir, key, at(5))
    await writeCheckpoint(dir, key, at(10))
    const file = join(dir, key, (await readdir(join(dir, key))).find((name) => name.startsWith('10-'))!)
    const content = await readFile(file)
    content[content.length - 3]! ^= 1
    if (how === 'flipped') await writeFile(file, content)
    else await truncate(file, 100)
    expect(await latestCheckpoint(dir, key)).toEqual({ checkpoint: at(5), ignored: ['the checkpoint at step 10 is damaged'] })
  })

  test('after a fall-back, the damaged one is what goes', async () => {
    const dir = await temporaryFolder()
    await writeCheckpoint(dir, key, at(1000))
    const [name] = await readdir(join(dir, key))
    await truncate(join(dir, key, name!), 50)
    await utimes(join(dir, key, name!), 1000, 1000)
    await writeCheckpoint(dir, key, at(5))
    await writeCheckpoint(dir, key, at(10))
    expect(await latestCheckpoint(dir, key)).toEqual({ checkpoint: at(10), ignored: [] })
  })

  test('one made with other numerics is not used, says why, and stays for the machine that made it', async () => {
    const dir = await temporaryFolder()
    await writeCheckpoint(dir, key, at(5))
    const found = await latestCheckpoint(dir, key, { ...numerics, threads: 2 })
    expect(found).toEqual({
      checkpoint: undefined,
      ignored: ['the checkpoint at step 5 was made with other numerics (threads 1 instead of 2)'],
    })
    expect((await latestCheckpoint(dir, key, numerics)).checkpoint?.step).toBe(5)
  })

  test('half-written and foreign files are not checkpoints', async () => {
    const dir = await temporaryFolder()
    await mkdir(join(dir, key))
    for (const name of ['99-0123456789abcdef.ckpt.123.aabb', 'notes.txt', '-1-0123456789abcdef.ckpt'])
      await writeFile(join(dir, key, name), 'x')
    expect(await latestCheckpoint(dir, key)).toEqual({ checkpoint: undefined, ignored: [] })
  })

  test('are gone after removal; removing none is no error', async () => {
    const dir = await temporaryFolder()
    await writeCheckpoint(dir, key, at(5))
    await removeCheckpoints(dir, key)
    await removeCheckpoints(dir, key)
    expect(await readdir(dir)).toEqual([])
  })

  test.each(['..', '../x', 'AB'.repeat(32), ''])('the key %j leads nowhere', async (bad) => {
    const dir = await temporaryFolder()
    await expect(removeCheckpoints(dir, bad)).rejects.toMatchObject({ kind: 'malformed' })
    await expect(writeCheckpoint(dir, bad, at(1))).rejects.toMatchObject({ kind: 'malformed' })
  })
})
