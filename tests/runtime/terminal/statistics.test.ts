import { expect, test } from 'vitest'
import { armStatistics, statisticsLines } from '../../../runtime/terminal/statistics.ts'
import { result } from './events.ts'

const measured = (accuracy: number, density = 1) => ({ 'test/accuracy': accuracy, 'density/fc1': density })
const results = [
  result('dense', 0, measured(0.9)),
  result('dense', 1, measured(0.92)),
  result('pruned', 0, measured(0.8, 0.1)),
  result('pruned', 1, measured(0.84, 0.1)),
  result('pruned', 2, measured(0.82, 0.1)),
]

test('every metric over the seeds, and differences over the seeds that both arms have', () => {
  const [dense, pruned] = armStatistics(results)
  expect(dense).toMatchObject({ arm: 'dense', metrics: { 'test/accuracy': { count: 2, min: 0.9, max: 0.92 } } })
  expect(dense).not.toHaveProperty('differences')
  expect(pruned!.metrics['test/accuracy']).toMatchObject({ count: 3, mean: expect.closeTo(0.82, 12), std: expect.closeTo(0.02, 12) })
  const { to, metrics } = pruned!.differences!
  expect(to).toBe('dense')
  // −0.10 and −0.08; Student's t of one degree of freedom is 12.706.
  const { count, mean, std, interval } = metrics['test/accuracy']!
  expect(count).toBe(2)
  expect(mean).toBeCloseTo(-0.09, 12)
  expect(std).toBeCloseTo(0.02 / Math.SQRT2, 12)
  expect(interval![1] - interval![0]).toBeCloseTo(2 * 12.7062 * 0.01, 5)
})

test('in lines, layers left out', () => {
  expect(statisticsLines(armStatistics(results)).slice(3)).toEqual([
    '',
    'pruned         mean   std  min   max              95 %  Δ to dense           95 % of Δ',
    'test/accuracy  0.82  0.02  0.8  0.84  [0.7703, 0.8697]       -0.09  [-0.2171, 0.03706]',
  ])
})

test('without seeds there is a mean and a difference, no deviations', () => {
  const single = [result('dense', undefined, measured(0.9)), result('pruned', undefined, measured(0.8))]
  expect(statisticsLines(armStatistics(single)).slice(-2)).toEqual(['pruned         mean  Δ to dense', 'test/accuracy   0.8        -0.1'])
})
