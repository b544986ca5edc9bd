import * as Duration from 'effect/Duration'
import * as Effect from 'effect/Effect'
import * as Schedule from 'effect/Schedule'
import { expect, test } from 'vitest'
import { backoff, isTransient, withNeed } from '../../../runtime/execution/retry.ts'
import { StageFailure, StoreProblem, stageFailureKinds } from '../../../runtime/problem.ts'
import { failures } from '../../../runtime/worker/problems.ts'

test('half a second, doubled each time up to a minute, each 20 % more or less', async () => {
  const step = await Effect.runPromise(Schedule.toStep(backoff))
  for (let tries = 0; tries < 12; tries++) {
    const middle = Math.min(60_000, 500 * 2 ** tries)
    const [, delay] = await Effect.runPromise(step(0, undefined))
    expect(Duration.toMillis(delay)).toBeGreaterThanOrEqual(0.8 * middle)
    expect(Duration.toMillis(delay)).toBeLessThanOrEqual(1.2 * middle)
  }
})

test('failures that may pass are tried again, but for damaged inputs and a store that fails', () => {
  const text = { title: '', facts: [], hint: '' }
  for (const kind of stageFailureKinds) {
    expect(isTransient(new StageFailure({ kind, transient: false, ...text }))).toBe(false)
    expect(isTransient(new StageFailure({ kind, transient: true, ...text }))).toBe(kind !== 'store')
  }
  expect(isTransient(new StoreProblem({ kind: 'busy', ...text }))).toBe(false)
})

test('what a stage needed is told with an end for want of memory, and with no other', () => {
  const [estimated, asked] = [false, true].map((own) => withNeed(3e9, own)(failures.outOfMemory('signal SIGKILL')))
  expect((estimated as StageFailure).facts).toContainEqual(['estimated need', '3.0 GB'])
  expect((asked as StageFailure).facts).toContainEqual(['asked for', '3.0 GB'])
  const other = failures.silent(60)
  expect(withNeed(3e9, false)(other)).toBe(other)
})
