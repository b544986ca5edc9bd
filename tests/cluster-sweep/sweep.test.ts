import { expect, test } from 'vitest'
import { study } from '../crash-sweep/study.ts'
import { noPostgres } from '../runtime/store/postgres/server.ts'
import { sweep } from './sweep.ts'

const seed = Date.now() % 1_000_000

test.skipIf(process.platform !== 'linux' || noPostgres !== undefined)(
  `disturbed at random moments (seed ${seed}), workers come to what one machine comes to: same digests, each kept once, nothing left (${noPostgres ?? 'PostgreSQL'})`,
  { timeout: 300_000 },
  async () => {
    const { wrong, stages } = await sweep({ faults: 3, seed, study: study(2, [0.9]), between: [0.3, 1], workers: 2 })
    expect(wrong).toEqual([])
    expect(stages).toBe(19)
  },
)
