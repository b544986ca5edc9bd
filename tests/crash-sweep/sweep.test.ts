import { expect, test } from 'vitest'
import { study } from './study.ts'
import { sweep } from './sweep.ts'

const seed = Date.now() % 1_000_000

test.runIf(process.platform === 'linux')(
  `disturbed four times at random moments (seed ${seed}), a plan ends as undisturbed: same digests, nothing repeated, nothing damaged, nothing left`,
  { timeout: 300_000 },
  async () => {
    const { faults, counts, stages } = await sweep({ disturbances: 4, seed, study: study(2, [0.9]), between: [0.3, 1.5] })
    expect(faults).toEqual([])
    expect(Object.keys(counts)).toHaveLength(4)
    expect(stages).toBe(19)
  },
)
