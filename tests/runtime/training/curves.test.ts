import { expect, test } from 'vitest'
import { Curves } from '../../../runtime/training/curves.ts'
import { Step } from '../../../runtime/training/step.ts'
import type { StageReport } from '../../../runtime/worker/stage-context.ts'

const at = (steps: number) => new Step(steps, 10)

test('points are reported once, in groups', () => {
  const reports: StageReport[] = []
  const curves = new Curves({ report: (report) => reports.push(report) }, [])
  curves.add(at(10), { 'train/loss': 0.5, 'train/accuracy': 0.75 })
  curves.report()
  curves.report()
  curves.add(at(20), { 'train/loss': 0.25 })
  curves.report()
  expect(reports).toEqual([
    {
      type: 'metrics',
      points: [
        { series: 'train/loss', step: 10, value: 0.5 },
        { series: 'train/accuracy', step: 10, value: 0.75 },
      ],
    },
    { type: 'metrics', points: [{ series: 'train/loss', step: 20, value: 0.25 }] },
  ])
  expect(curves.at(at(20))).toEqual({ 'train/loss': 0.25 })
})

test.each([Number.NaN, Number.POSITIVE_INFINITY])('a measure that is %d ends the training with its name and step', (value) => {
  const curves = new Curves({ report: () => {} }, [])
  expect(() => curves.add(at(7), { 'validation/loss': value })).toThrow(
    expect.objectContaining({
      kind: 'diverged',
      title: `The network gives no numbers to compare: validation/loss is ${value}.`,
      facts: [['step', '7']],
    }),
  )
})
