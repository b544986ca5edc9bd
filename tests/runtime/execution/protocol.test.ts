import * as Exit from 'effect/Exit'
import * as Schema from 'effect/Schema'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FromWorker, isMarked, ToWorker } from '../../../runtime/execution/protocol.ts'
import { stageFailureKinds } from '../../../runtime/problem.ts'
import { jobOf } from './local/fake-worker.ts'

const [to, from] = [Schema.decodeUnknownExit(ToWorker), Schema.decodeUnknownExit(FromWorker)]
const address = `sha256:${'0'.repeat(64)}`
const outcome = { artifact: address, snapshots: { 1: address }, metrics: { 'test/accuracy': 0.5 }, numerics: null, state: address }
const whole = { step: 1, steps: 2, epoch: 1, epochs: 1 }

test('every message goes through JSON and is what it was', () => {
  const job = jobOf('a')
  for (const message of [
    { type: 'begin', nonce: 'n' },
    { type: 'run', job },
    { type: 'stop', id: 'a', attempt: 1 },
  ])
    expect(to(JSON.parse(JSON.stringify(message)))).toEqual(Exit.succeed(message))
  for (const message of [
    { type: 'heartbeat' },
    { type: 'started', steps: 2, resumedAt: null },
    { type: 'progress', ...whole, loss: 1.5, accuracy: null, stepsPerSecond: null },
    { type: 'metrics', points: [{ series: 'train/loss', step: 1, value: 2 }] },
    { type: 'done', outcome },
    { type: 'stopped', step: 1, steps: 2 },
    ...stageFailureKinds.map((kind) => ({ type: 'failed', kind, transient: true, title: 't', facts: [['a', 'b']], hint: 'h' })),
  ])
    expect(from(JSON.parse(JSON.stringify(message)))).toEqual(Exit.succeed(message))
})

test.each([
  ['of a kind that there is not', { type: 'surprise' }],
  ['without what it must have', { type: 'done' }],
  ['with an address that is none', { type: 'done', outcome: { ...outcome, artifact: '../../objects/00' } }],
  ['with a number that is none', { type: 'progress', ...whole, loss: null, accuracy: null, stepsPerSecond: 'fast' }],
  ['with a step before the first', { type: 'stopped', step: -1, steps: 2 }],
  ['nothing', null],
])('a message %s does not decode', (_, message) => {
  expect(Exit.isFailure(from(message))).toBe(true)
})

test('a job has no path of the store', () => {
  expect(Object.keys(jobOf('a'))).not.toContain('store')
  const { key: _, ...without } = jobOf('a')
  expect(Exit.isFailure(to({ type: 'run', job: without }))).toBe(true)
})

test('a mark is right when nonce, job and attempt are, whatever the message is', () => {
  const mark = { nonce: 'n', id: 'a', attempt: 2 }
  expect(isMarked({ ...mark, message: null }, mark)).toBe(true)
  fc.assert(
    fc.property(
      fc.record({ nonce: fc.constantFrom('n', 'm', undefined), id: fc.constantFrom('a', 'b'), attempt: fc.nat({ max: 3 }) }),
      (other) => {
        expect(isMarked({ ...other, message: {} }, mark)).toBe(other.nonce === 'n' && other.id === 'a' && other.attempt === 2)
      },
    ),
  )
  fc.assert(fc.property(fc.anything(), (anything) => !isMarked(anything, mark)))
})
