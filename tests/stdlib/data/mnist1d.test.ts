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

  test("is what the authors' generator makes of the same draws", () => {
    // Their code (2020, github.com/greydanus/mnist1d) was given, in place of numpy's, the numbers of our streams for these two examples.
    const theirs = new Map([
      [
        0,
        [
          0.2893, 0.1361, -0.0195, -0.0239, -0.0347, 0.1091, 0.4977, 0.6213, 0.6218, 0.6152, 0.4231, 0.0761, 0.0349, -0.0244, -0.0488,
          0.0347, -0.0169, 0.0539, 0.0954, 0.0568, -0.0122, -0.059, -0.0765, -0.0442, 0.0418, 0.1143, 0.0588, -0.0846, -0.2219, -0.2812,
          -0.1977, -0.067, 0.052, 0.0523, -0.0669, -0.1314, -0.1588, -0.1832, -0.2164, -0.2339,
        ],
      ],
      [
        3,
        [
          0.2359, 0.1123, -0.0255, -0.0312, -0.0397, 0.0419, 0.0086, -0.0055, 0.0275, 0.0177, 0.0338, 0.0913, 0.1667, 0.1774, 0.1223,
          0.0531, -0.0184, -0.0338, -0.0323, 0.0235, 0.0387, 0.329, 0.3399, 0.1165, -0.0064, 0.2453, 0.3233, 0.1963, -0.0309, -0.0266,
          -0.0354, -0.0967, -0.1222, -0.1006, -0.1144, -0.1682, -0.0298, 0.0709, 0.0221, 0.0066,
        ],
      ],
    ])
    for (const [example, points] of theirs) {
      const ours = raw(standard, 'validation').subarray(example * 40, example * 40 + 40)
      for (const [i, value] of points.entries()) expect(Math.abs(ours[i]! - value)).toBeLessThan(6e-5)
    }
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
