import { expect, test } from 'vitest'
import { statisticsLines } from '../../../runtime/terminal/statistics.ts'
import { armStatistics } from '../../../runtime/views/statistics.ts'
import { result } from './events.ts'

const measured = (accuracy: number, density = 1) => ({ 'test/accuracy': accuracy, 'density/fc1': density })
const results = [
  result('dense', 0, measured(0.9)),
  result('dense', 1, measured(0.92)),
  result('pruned', 0, measured(0.8, 0.1)),
  result('pruned', 1, measured(0.84, 0.1)),
  result('pruned', 2, measured(0.82, 0.1)),
]

test('in lines, layers left out', () => {
  expect(statisticsLines(armStatistics(results), 120).slice(3)).toEqual([
    '',
    'pruned         mean   std  min   max              95 %  Δ to dense           95 % of Δ',
    'test/accuracy  0.82  0.02  0.8  0.84  [0.7649, 0.8645]       -0.09  [-0.2171, 0.03706]',
  ])
})

test('without seeds there is a mean and a difference, no deviations', () => {
  const single = [result('dense', undefined, measured(0.9)), result('pruned', undefined, measured(0.8))]
  expect(statisticsLines(armStatistics(single), 80).slice(-2)).toEqual([
    'pruned         mean  Δ to dense',
    'test/accuracy   0.8        -0.1',
  ])
})

test('on a narrow screen the least and the most go first, and what is gone is named once', () => {
  const lines = statisticsLines(armStatistics(results), 80)
  expect(lines.slice(-5)).toEqual([
    '',
    'pruned         mean   std              95 %  Δ to dense           95 % of Δ',
    'test/accuracy  0.82  0.02  [0.7649, 0.8645]       -0.09  [-0.2171, 0.03706]',
    'Left out, as the screen is narrow; --json has all:',
    '  min, max',
  ])
})
