import { expect, test } from 'vitest'
import { curvesLines, layersLines, tradeOffLines } from '../../../runtime/terminal/figure-view.ts'
import { layerDensities } from '../../../runtime/views/layers.ts'
import { tradeOff } from '../../../runtime/views/trade-off.ts'
import { result } from './events.ts'

const asked = { file: 'a.pipeline.ts', target: 'default' }
const screen = { columns: 60, rows: 24 }
const measured = (accuracy: number, compressionRatio: number) => ({ 'test/accuracy': accuracy, compressionRatio })

test('a trade-off: the points by letter, then their numbers, the front marked, what is missing said', () => {
  const arms = [
    result('dense', 0, measured(0.95, 1)),
    result('small', 0, measured(0.9, 4)),
    result('worse', 0, measured(0.8, 2)),
    result('smallest', 0, measured(0.85, 16)),
    result('smallest', 1, {}),
    result('later', 0, {}),
  ]
  const lines = tradeOffLines(tradeOff(arms, asked), screen)
  expect(lines[0]).toBe('test accuracy (%)')
  expect(lines.slice(lines.indexOf('compression ratio, logarithmic') + 2)).toEqual([
    '   arm         compression ratio  test accuracy (%)  95 %   seeds',
    '-  dense *                     1                 95     –       1',
    'a  small *                     4                 90     –       1',
    'b  worse                       2                 80     –       1',
    'c  smallest *                 16                 85     –  1 of 2',
    '* No arm is better by both measures.',
    '',
    'smallest: 1 of 2 seeds',
    'later: 0 of 1 result',
  ])
})

test('curves: where trainings ended, stopped early and were resumed', () => {
  const point = (step: number, mean: number) => ({ step, mean, count: 1, min: mean, max: mean })
  const lines = curvesLines(
    {
      ...asked,
      y: { name: 'train/loss', title: 'training loss', unit: 'nats', better: 'lower' },
      curves: [
        {
          arms: ['a', 'b'],
          stage: 'train#2',
          seeds: { measured: 1, of: 1 },
          points: [point(1, 2), point(9, 0.5)],
          stopped: [{ seed: '0', step: 9 }],
          resumed: [{ seed: '0', step: 4 }],
        },
      ],
      missing: [],
    },
    screen,
  )
  expect(lines[0]).toBe('training loss (nats)')
  expect(lines.slice(-2)).toEqual([
    '   arm   training  at the end  seeds',
    'a  a, b  train#2          0.5      1  stopped at 9 · resumed at 4',
  ])
})

test('layers: a column for each arm', () => {
  const arms = [result('a', 0, { 'density/conv1': 0.25, 'density/out': 1 }), result('b', 0, { 'density/conv1': 0.5 })]
  expect(layersLines(layerDensities(arms, asked))).toEqual(['% left of    a   b', 'conv1       25  50', 'out        100   –'])
})
