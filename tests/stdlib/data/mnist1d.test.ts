import { describe, expect, test } from 'vitest'
import { mnist1dSource } from '../../../stdlib/data/mnist1d.ts'
import { mnist1d } from '../../../stdlib/index.ts'

const made = (options?: Parameters<typeof mnist1d>[0]) => mnist1dSource.decode(new Map(), mnist1d(options).spec.options)
const raw = ({ splits, normalisation: { mean, std } }: ReturnType<typeof made>, split: 'train' | 'validation' | 'test') =>
  splits[split].images.map((value) => value * std[0]! + mean[0]!)

describe('mnist1d()', () => {
  const standard = made()

  test('has 3,600, 400 and 1,000 examples of 40 points, balanced over ten classes', () => {
    expect(standard.input).toEqual([40, 1, 1])
    for (const [name, count] of [
      ['train', 3_600],
      ['validation', 400],
      ['test', 1_000],
    ] as const) {
      const { images, labels } = standard.splits[name]
      expect([images.length, labels.length]).toEqual([count * 40, count])
      for (let label = 0; label < 10; label++) expect(labels.filter((other) => other === label).length).toBe(count / 10)
    }
  })

  test('is the same everywhere: its first points are known', () => {
    expect([...raw(standard, 'validation').subarray(0, 4)].map((value) => value.toFixed(4))).toMatchInlineSnapshot(`
      [
        "0.2893",
        "0.1361",
        "-0.0195",
        "-0.0239",
      ]
    `)
  })

  test('is normalised over the training split', () => {
    const { images } = standard.splits.train
    const mean = images.reduce((sum, value) => sum + value, 0) / images.length
    expect(mean).toBeCloseTo(0, 4)
    expect(images.reduce((sum, value) => sum + value ** 2, 0) / images.length).toBeCloseTo(1, 4)
  })

  test('has the same validation and test whatever the number of training examples, and the same first of those', () => {
    const fewer = made({ train: 100 })
    const close = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))
    expect(close(raw(fewer, 'test'), raw(standard, 'test'))).toBeLessThan(1e-6)
    expect(close(raw(fewer, 'train'), raw(standard, 'train'))).toBeLessThan(1e-6)
    expect(close(raw(made({ train: 100, seed: 1 }), 'test'), raw(fewer, 'test'))).toBeGreaterThan(0.1)
  })

  test('can be told apart by the nearest mean of a class far above chance, and not perfectly', () => {
    const { train, test } = standard.splits
    const means = Array.from({ length: 10 }, () => new Float64Array(40))
    train.labels.forEach((label, i) => {
      for (let p = 0; p < 40; p++) means[label]![p]! += train.images[i * 40 + p]! / 360
    })
    const nearest = (i: number) => {
      const distances = means.map((mean) => mean.reduce((sum, value, p) => sum + (value - test.images[i * 40 + p]!) ** 2, 0))
      return distances.indexOf(Math.min(...distances))
    }
    const right = test.labels.filter((label, i) => nearest(i) === label).length / test.labels.length
    expect(right).toBeGreaterThan(0.2)
    expect(right).toBeLessThan(0.9)
  })
})
