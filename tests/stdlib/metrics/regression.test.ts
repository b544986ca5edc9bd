import { expect, test } from 'vitest'
import { measuredByFunction } from '../../../stdlib/metrics/custom.ts'
import { numberMetrics, textMetrics } from '../../../stdlib/metrics/measures.ts'
import { averaged, determination, rootMeanSquaredError } from '../../../stdlib/metrics/regression.ts'

const estimates = (outputs: readonly number[], targets: readonly number[], width = 1) => ({
  outputs: Float64Array.from(outputs),
  targets: Float64Array.from(targets),
  width,
})

test('R² and RMSE, as scikit-learn has them on these numbers', () => {
  // r2_score([3, -0.5, 2, 7], [2.5, 0, 2, 8]) in scikit-learn's documentation.
  const own = estimates([2.5, 0, 2, 8], [3, -0.5, 2, 7])
  expect(determination(own)).toBeCloseTo(0.9486081370449679, 12)
  expect(rootMeanSquaredError(own)).toBeCloseTo(Math.sqrt(0.375), 12)
})

test('of several numbers each counts by itself, and then their mean', () => {
  // r2_score([[0.5, 1], [-1, 1], [7, -6]], [[0, 2], [-1, 2], [8, -5]]) is 0.938… by uniform average.
  const own = estimates([0, 2, -1, 2, 8, -5], [0.5, 1, -1, 1, 7, -6], 2)
  expect(determination(own)).toBeCloseTo(0.9368005266622779, 12)
  expect(rootMeanSquaredError(own)).toBeCloseTo((Math.sqrt(1.25 / 3) + 1) / 2, 12)
})

test('what the mean comes to is 0, worse is less; of a number that never changes 1 or 0', () => {
  expect(determination(estimates([2, 2, 2], [1, 2, 3]))).toBe(0)
  expect(determination(estimates([3, 2, 1], [1, 2, 3]))).toBe(-3)
  expect(determination(estimates([5, 5], [5, 5]))).toBe(1)
  expect(determination(estimates([5, 6], [5, 5]))).toBe(0)
})

test('the loss is that of normalised numbers, RMSE is in the units of the data', () => {
  // Errors of 10 and 20, divided by a deviation of 10.
  expect(numberMetrics('test', estimates([10, 20], [0, 40]), { std: [10] })).toEqual({
    'test/loss': (1 + 4) / 2,
    'test/r2': 1 - 500 / 800,
    'test/rmse': Math.sqrt(250),
  })
})

test('of several numbers each is measured by its name, or its place', () => {
  // Errors of 1 and 1 around a mean of 1; of 10 and 30 around 20. Divided by 1 and 10.
  const own = estimates([1, 10, 1, 10], [0, 0, 2, 40], 2)
  const expected = {
    'test/loss': (1 + 1 + 1 + 9) / 4,
    'test/r2': (0 + (1 - 1000 / 800)) / 2,
    'test/rmse': (1 + Math.sqrt(500)) / 2,
    'test/r2/price': 0,
    'test/rmse/price': 1,
    'test/r2/tax': 1 - 1000 / 800,
    'test/rmse/tax': Math.sqrt(500),
  }
  expect(numberMetrics('test', own, { std: [1, 10] }, ['price', 'tax'])).toEqual(expected)
  expect(Object.keys(numberMetrics('test', own, { std: [1, 10] }, ['price', 'tax/€'])).slice(-2)).toEqual(['test/r2/1', 'test/rmse/1'])
  expect(Object.keys(numberMetrics('test', own, { std: [1, 10] }))).toEqual(
    Object.keys(expected).map((name) => name.replace('price', '0').replace('tax', '1')),
  )
})

test('several networks predict the mean of what each does', () => {
  expect([...averaged([Float32Array.of(1, 2), Float32Array.of(3, 6)])]).toEqual([2, 4])
})

test('perplexity is e to the power of the loss: as many tokens as would be equally likely', () => {
  // Of four equally likely tokens; and of certainty.
  const uniform = { logits: Float32Array.of(0, 0, 0, 0, 5, 5, 5, 5), labels: Int32Array.of(1, 3), classes: 4 }
  expect(textMetrics('test', uniform)['test/perplexity']).toBeCloseTo(4, 12)
  const sure = { logits: Float32Array.of(100, 0), labels: Int32Array.of(0), classes: 2 }
  expect(textMetrics('test', sure)['test/perplexity']).toBeCloseTo(1, 12)
})

test('a metric of the user’s sees copies, and gives a finite number', () => {
  const inputs = { outputs: Float64Array.of(1, 2), labels: Float64Array.of(2, 4), width: 1 }
  const spoil = (given: typeof inputs) => {
    given.outputs.fill(0)
    return given.labels.reduce((a, b) => a + b) / given.width
  }
  expect(measuredByFunction('sum', spoil as never, inputs)).toBe(6)
  expect([...inputs.outputs]).toEqual([1, 2])
  expect(() => measuredByFunction('sum', () => Number.NaN, inputs)).toThrow('Your metric did not give a finite number.')
})
