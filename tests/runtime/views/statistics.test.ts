import { expect, test } from 'vitest'
import { armStatistics } from '../../../runtime/views/statistics.ts'
import { result } from '../terminal/events.ts'

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

test('the interval of a proportion stays between 0 and 1, and a difference of two between -1 and 1', () => {
  const near = [result('dense', 0, { 'test/accuracy': 0.99 }), result('dense', 1, { 'test/accuracy': 0.97 })]
  const far = [result('other', 0, { 'test/accuracy': 0.1 }), result('other', 1, { 'test/accuracy': 0.9 })]
  const [dense, other] = armStatistics([...near, ...far])
  const [low, high] = dense!.metrics['test/accuracy']!.interval!
  expect([low > 0, low < 0.97, high > 0.99, high < 1]).toEqual([true, true, true, true])
  expect(other!.differences!.metrics['test/accuracy']!.interval).toEqual([-1, 1])
})

test('a loss is never below 0, an unknown metric may be anything', () => {
  const all = [0.1, 2].map((value, seed) => result('a', seed, { 'test/loss': value, mine: value }))
  const [{ metrics }] = armStatistics(all) as [ReturnType<typeof armStatistics>[number]]
  expect(metrics['test/loss']!.interval![0]).toBe(0)
  expect(metrics.mine!.interval![0]).toBeLessThan(-5)
})
