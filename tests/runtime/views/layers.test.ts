import { expect, test } from 'vitest'
import { layerDensities } from '../../../runtime/views/layers.ts'
import { result } from '../terminal/events.ts'

const asked = { file: 'a.pipeline.ts', target: 'default' }

test('what is left of each layer, in the order of their numbers, over seeds; arms with all their weights are left out', () => {
  const view = layerDensities(
    [
      result('dense', 0, { 'test/accuracy': 0.9 }),
      result('pruned', 0, { 'density/conv10': 0.2, 'density/conv2': 0.4, 'density/out': 1 }),
      result('pruned', 1, { 'density/conv10': 0.4, 'density/conv2': 0.4, 'density/out': 1 }),
      result('pruned', 2, {}),
      result('small', 0, { 'density/conv2': 0.5 }),
      result('later', 0, {}),
    ],
    asked,
  )
  expect(view.layers).toEqual(['conv2', 'conv10', 'out'])
  expect(view.arms.map(({ arm, densities }) => [arm, ...densities.map((each) => each?.mean ?? null)])).toEqual([
    ['pruned', 0.4, expect.closeTo(0.3, 12), 1],
    ['small', 0.5, null, null],
  ])
  expect(view.arms[0]!.densities[1]).toMatchObject({ count: 2, std: expect.closeTo(0.2 / Math.SQRT2, 12) })
  expect(view.missing).toEqual([
    { arm: 'pruned', measured: 2, of: 3 },
    { arm: 'later', measured: 0, of: 1 },
  ])
})

test('where nothing was removed there is nothing to draw', () => {
  expect(() => layerDensities([result('dense', 0, { 'test/accuracy': 0.9 })], asked)).toThrow(/No arm of a\.pipeline\.ts has layers/)
})
