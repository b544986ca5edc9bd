/** A store under test, whatever keeps it, and what is put into it. */
import { onTestFinished } from 'vitest'
import type { Checkpoint } from '../../../../runtime/store/checkpoints.ts'
import type { Lease, Taken } from '../../../../runtime/store/leases.ts'
import type { StageResult } from '../../../../runtime/store/results.ts'
import type { OpenStoreOptions, Store } from '../../../../runtime/store/store.ts'
import { numerics } from '../temporary-store.ts'

/** Where one store is; several processes may open it. */
export interface Place {
  /** As another process does. Tests close it. */
  open(options?: Pick<OpenStoreOptions, 'leases'>): Promise<Store>
  openReadOnly(): Promise<Store>
  /** Leaves the object there with one bit changed. */
  damage(digest: string): Promise<void>
  remove(digest: string): Promise<void>
  /** Where times are kept in whole seconds: until there is another one. */
  nextSecond?(): Promise<unknown>
  /** Of a store that has a clock of its own: lets time go by on it. */
  elapse?(seconds: number): Promise<void>
  /** Of a store whose heartbeats take a moment to arrive: until the last ones have. */
  beaten?(): Promise<void>
}

export interface Backend {
  readonly name: string
  place(): Promise<Place>
  /** A store without room for a network; undefined where none can be made. */
  readonly full: (() => Promise<Store>) | undefined
  /** A place whose store a newer espalier has written; undefined for a store that does not outlive its process. */
  readonly newer: (() => Promise<Place>) | undefined
}

/** The store as one process has it, and its place. */
export async function freshIn({ place }: Pick<Backend, 'place'>) {
  const there = await place()
  const open = async (options?: Parameters<Place['open']>[0]) => {
    const store = await there.open(options)
    onTestFinished(() => store.close())
    return store
  }
  return { ...there, open, store: await open() }
}

export const key = 'ab'.repeat(32)
export const other = 'cd'.repeat(32)
export const result = (changes: Partial<StageResult> = {}): StageResult => ({
  key,
  kind: 'train',
  path: 'dense/train',
  manifest: { kind: 'train', options: { epochs: 3 }, inputs: { model: 'a' } },
  artifact: undefined,
  snapshots: {},
  metrics: { 'validation/accuracy': 0.97 },
  numerics,
  finished: 1_700_000_000_000,
  seconds: 1.5,
  ...changes,
})
export const at = (step: number): Checkpoint => ({
  step,
  tensors: new Map([['weights/fc1/kernel', { dtype: 'F32', shape: [2], data: Float32Array.of(step, -0) }]]),
  counters: { epoch: 3, points: [{ series: 'train/loss', step: 1, value: 0.1 + 0.2 }] },
  snapshots: { '2': `sha256:${'c'.repeat(64)}` },
  numerics,
})
export function leaseIn(taken: Taken): Lease {
  if ('holder' in taken) throw new Error('it is held')
  return taken.lease
}
