import { expect, test } from 'vitest'
import { metricCalled, readsTest } from '../../../stdlib/metrics/catalogue.ts'
import { calibratedMetrics, numberMetrics, qualityMetrics, sizeMetrics, teacherMetrics } from '../../../stdlib/metrics/measures.ts'

const predictions = { logits: Float32Array.from({ length: 12 }, (_, i) => i % 5), labels: Int32Array.of(0, 1), classes: 6 }
const size = { parameters: 1, macs: 1, sparsity: 0.5, compressionRatio: 2, speedup: 2, layers: { fc1: 0.5 } }

test('everything that is measured is known, and lies in its range', () => {
  const measured = {
    ...qualityMetrics('validation', predictions),
    ...qualityMetrics('test', predictions),
    ...calibratedMetrics('test', predictions, 2),
    ...teacherMetrics('test', predictions, predictions),
    ...sizeMetrics(size),
    ...numberMetrics('test', { outputs: Float64Array.of(1, 2, 3, 4), targets: Float64Array.of(1, 3, 2, 4), width: 2 }, { std: [1, 1] }),
  }
  for (const [name, value] of Object.entries(measured)) {
    const [least, most] = metricCalled(name)?.range ?? []
    expect([name, value >= least!, value <= most!]).toEqual([name, true, true])
  }
})

test.each([
  'test/sharpness',
  'accuracy',
  'toString',
  'test/constructor',
  'density/',
  'validation/accuracy/x',
  'test/r2/',
  'test/ece/x',
  '',
])("'%s' is not known", (name) => expect(metricCalled(name)).toBeUndefined())

test('what was read off the test split is known by its name', () => {
  expect(['test/loss', 'earlyStop/test/loss', 'validation/loss', 'latest/loss', 'sparsity'].map(readsTest)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
