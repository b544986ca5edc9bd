import { expect, test } from 'vitest'
import { simulate } from './simulation.ts'

test('simulated workers that die often bring a study to its end, each stage once, in little more than the least time', {
  timeout: 60_000,
}, async () => {
  const { stages, done, failed, deaths, overBound, lostHours, statementsASecond } = await simulate({
    ...{ stages: 400, workers: 8, failures: 300, seed: 2 },
  })
  expect({ stages, failed }).toEqual({ stages: done, failed: 0 })
  expect(stages).toBe(410)
  expect(deaths).toBeGreaterThan(10)
  // A death costs what was computed since the last checkpoint, half a minute at most.
  expect(lostHours).toBeLessThanOrEqual((deaths * 30) / 3600)
  expect(overBound).toBeGreaterThan(1)
  expect(overBound).toBeLessThan(2)
  expect(statementsASecond.ofWorkers).toBeCloseTo(8 * 5.5)
})
