import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { StageResult } from '../../../runtime/store/results.ts'
import { removeStaleCheckpoints } from '../../../runtime/store/stale-checkpoints.ts'
import { temporaryStore } from './temporary-store.ts'

const finished = Date.UTC(2026, 0, 1)
const [left, replayed, held, open] = ['1', '2', '3', '4'].map((digit) => digit.repeat(64)) as [string, string, string, string]
const result = (key: string): StageResult => ({
  key,
  kind: 'train',
  path: 'train',
  manifest: {},
  artifact: undefined,
  snapshots: {},
  metrics: {},
  numerics: undefined,
  finished,
  seconds: 1,
})

test('checkpoints older than the result of their stage go; those of a replay, of what runs and of what has no result stay', async () => {
  const store = await temporaryStore()
  for (const [key, at] of [
    [left, finished - 1000],
    [replayed, finished + 1000],
    [held, finished - 1000],
    [open, finished - 1000],
  ] as const) {
    const file = join(store.layout.checkpoints, key, '100-0123456789abcdef.ckpt')
    mkdirSync(join(store.layout.checkpoints, key), { recursive: true })
    writeFileSync(file, 'x')
    utimesSync(file, at / 1000, at / 1000)
  }
  await store.leases.take(held)
  await removeStaleCheckpoints(store, [left, replayed, held].map(result))
  expect([left, replayed, held, open].map((key) => existsSync(join(store.layout.checkpoints, key)))).toEqual([false, true, true, true])
})
