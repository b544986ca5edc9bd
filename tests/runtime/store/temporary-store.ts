import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type DiskStore, openDisk } from '../../../runtime/store/sqlite/disk-store.ts'
import type { Numerics } from '../../../stdlib/engine.ts'
import type { Network, Parameter } from '../../../stdlib/network.ts'

/** A folder that is gone when the test is done. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'espalier-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function temporaryStore(): Promise<DiskStore> {
  const store = await openDisk(join(await temporaryFolder(), '.espalier'))
  onTestFinished(() => store.close())
  return store
}

export const numerics: Numerics = {
  engine: 'tensorflow',
  version: '2.21.0',
  device: 'cpu',
  deviceName: 'a processor',
  threads: 1,
  oneDNN: true,
  xla: false,
  precision: 'float32',
}

const kernel: Parameter = {
  name: 'fc1/kernel',
  layer: 'fc1',
  role: 'kernel',
  shape: [3, 5],
  prunable: true,
  trainable: true,
  initializer: { kind: 'normal', std: 0.1 },
}
const bias: Parameter = { ...kernel, name: 'fc1/bias', role: 'bias', shape: [5], prunable: false, initializer: { kind: 'zeros' } }

/** A small network; `seed` decides its weights, `masked` whether it has a mask. */
export function smallNetwork(seed = 0, masked = false): Network {
  return {
    topology: {
      model: { name: 'small', options: { width: 5 } },
      input: [1, 3, 1],
      classes: 5,
      parameters: [kernel, bias],
      outputLayer: 'fc1',
    },
    weights: new Map([
      ['fc1/kernel', Float32Array.from({ length: 15 }, (_, i) => Math.sin(seed + i))],
      ['fc1/bias', new Float32Array(5).fill(seed)],
    ]),
    masks: new Map(masked ? [['fc1/kernel', Uint8Array.from({ length: 15 }, (_, i) => (i % 3 === 0 ? 0 : 1))]] : []),
  }
}
