import { expect, test } from 'vitest'
import { study } from './study.ts'
import { sweep } from './sweep.ts'

test('killed six times at random moments, alone or with its workers, a plan ends as undisturbed: same digests, nothing repeated, nothing damaged', {
  timeout: 300_000,
}, async () => {
  const { faults, kills, stages } = await sweep({ kills: 6, study: study(2), between: [0.4, 2] })
  expect(faults).toEqual([])
  expect(kills.tree + kills.worker).toBe(6)
  expect(stages).toBe(30)
})
