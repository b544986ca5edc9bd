import { expect, test } from 'vitest'
import { study } from './study.ts'
import { sweep } from './sweep.ts'

test('killed four times at random moments, alone or with its workers, a plan ends as undisturbed: same digests, nothing repeated, nothing damaged', {
  timeout: 300_000,
}, async () => {
  const { faults, kills, stages } = await sweep({ kills: 4, study: study(2, [0.9]), between: [0.3, 2] })
  expect(faults).toEqual([])
  expect(kills.tree + kills.worker).toBe(4)
  expect(stages).toBe(19)
})
