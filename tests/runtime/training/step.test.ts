import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import { positionOf, Step, saidPositions, snapshotName, stepsPerEpochOf } from '../../../runtime/training/step.ts'

const length = fc.integer({ min: 1, max: 1000 })
const count = fc.integer({ min: 0, max: 10_000 })

describe('a point of a training', () => {
  test('is the same one, said in epochs or in steps', () => {
    expect(Step.of({ epoch: 3 }, 124)).toEqual(Step.of({ step: 372 }, 124))
    expect(Step.startOf({ from: 2 }, 124)).toEqual(Step.of({ epoch: 2 }, 124))
    expect(Step.startOf({ from: 0, fromStep: 70 }, 124)).toEqual(Step.of({ step: 70 }, 124))
    expect(Step.endOf({ epochs: 5 }, 124).steps).toBe(620)
  })

  test('lies between two steps: the end of an epoch is the start of the next', () => {
    const around = [7, 8, 9].map((step) => Step.of({ step }, 8))
    expect(around.map(({ epoch }) => epoch)).toEqual([0, 1, 1])
    expect(around.map(({ endsEpoch }) => endsEpoch)).toEqual([false, true, false])
    const start = Step.of({ step: 0 }, 8)
    expect(around.map((at) => at.inEpoch(start))).toEqual([7, 8, 1])
  })

  test('in an epoch that was begun in its middle, counts the steps done here', () => {
    const start = Step.of({ step: 5 }, 8)
    expect([6, 8, 9, 16].map((step) => Step.of({ step }, 8).inEpoch(start))).toEqual([1, 3, 1, 8])
  })

  test('goes on and back: adding steps and taking the difference are opposites, and order is that of steps', () => {
    fc.assert(
      fc.property(length, count, count, (perEpoch, a, b) => {
        const [at, other] = [Step.of({ step: a }, perEpoch), Step.of({ step: b }, perEpoch)]
        expect(at.plus(b).since(at)).toBe(b)
        expect(at.since(other)).toBe(a - b)
        expect(at.isBefore(other)).toBe(a < b)
      }),
    )
  })

  test('is at its part of the way to the end', () => {
    const end = Step.of({ epoch: 4 }, 10)
    expect([0, 1, 4].map((epoch) => Step.of({ epoch }, 10).partOf(end))).toEqual([0, 0.25, 1])
  })

  test.each([
    ['since', (a: Step, b: Step) => a.since(b)],
    ['isBefore', (a: Step, b: Step) => a.isBefore(b)],
    ['partOf', (a: Step, b: Step) => a.partOf(b)],
    ['inEpoch', (a: Step, b: Step) => a.inEpoch(b)],
  ])('is not compared with one of a training with epochs of another length: %s', (_, compare) => {
    fc.assert(
      fc.property(length, length, count, (here, there, steps) => {
        fc.pre(here !== there)
        const of = () => compare(Step.of({ step: steps + 1 }, here), Step.of({ step: steps }, there))
        expect(of).toThrow(PipelineProblem)
        expect(of).toThrow(`steps of an epoch: ${here} and ${there}`)
      }),
    )
  })
})

test('an epoch has as many steps as whole batches: the last partial one is dropped', () => {
  expect(stepsPerEpochOf({ batch: 64 }, { trainExamples: 7_996 })).toBe(124)
  expect(stepsPerEpochOf({ batch: 64 }, { trainExamples: 63 })).toBe(0)
})

test('a snapshot is called by its point, and a reference without one stands for the result', () => {
  expect([snapshotName({ epoch: 2 }), snapshotName({ step: 500 })]).toEqual(['2', 'step 500'])
  const points = [{ epoch: 2 }, { step: 500 }, {}].map((at) => positionOf({ stage: 's1', ...at }))
  expect(points).toEqual([{ epoch: 2 }, { step: 500 }, undefined])
})

test('points are said as people say them', () => {
  expect(saidPositions([{ epoch: 2 }])).toBe('epoch 2')
  expect(saidPositions([{ epoch: 1 }, { epoch: 2 }])).toBe('epochs 1, 2')
  expect(saidPositions([{ step: 500 }])).toBe('step 500')
  expect(saidPositions([{ epoch: 1 }, { step: 500 }])).toBe('epoch 1, step 500')
})
