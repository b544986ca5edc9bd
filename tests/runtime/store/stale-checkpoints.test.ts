import { expect, test } from 'vitest'
import type { StageResult } from '../../../runtime/store/results.ts'
import { removeStaleCheckpoints } from '../../../runtime/store/stale-checkpoints.ts'
import { numerics, temporaryStore } from './temporary-store.ts'

const [left, replay, replayed, held, open] = ['1', '2', '3', '4', '5'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
  string,
  string,
]
const result = (key: string): StageResult => ({
  key,
  kind: 'train',
  path: 'train',
  manifest: {},
  artifact: undefined,
  snapshots: { '1': `sha256:${'0'.repeat(64)}` },
  metrics: {},
  numerics: undefined,
  finished: 0,
  seconds: 1,
})

test('checkpoints of a stage with a result go, whenever they were written; those of a replay for what it lacks, of what runs and of what has no result stay', async () => {
  const store = await temporaryStore()
  const checkpoint = { step: 5, tensors: new Map(), counters: {}, numerics }
  for (const key of [left, held, open]) await store.checkpoints.write(key, checkpoint)
  await store.checkpoints.write(replay, { ...checkpoint, replays: '2' })
  await store.checkpoints.write(replayed, { ...checkpoint, replays: '1' })
  await store.leases.take(held)
  await removeStaleCheckpoints(store, [left, replay, replayed, held].map(result))
  expect([...(await store.checkpoints.keys())].sort()).toEqual([replay, held, open])
})
