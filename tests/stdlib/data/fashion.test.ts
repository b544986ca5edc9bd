import { describe, expect, test } from 'vitest'
import { fashionSource } from '../../../stdlib/data/fashion.ts'
import { f10k, fashion } from '../../../stdlib/index.ts'
import { idx } from './idx-files.ts'

/** Files of the right size: each image has one grey, label and grey follow from the row. */
function files(train = 60_000, test = 10_000): Map<string, Uint8Array> {
  const pictures = (count: number) => {
    const pixels = new Uint8Array(count * 784)
    for (let row = 0; row < count; row++) pixels.fill(row % 251, row * 784, (row + 1) * 784)
    return idx([count, 28, 28], pixels)
  }
  const labels = (count: number) =>
    idx(
      [count],
      Uint8Array.from({ length: count }, (_, row) => row % 10),
    )
  return new Map([
    ['train-images-idx3-ubyte', pictures(train)],
    ['train-labels-idx1-ubyte', labels(train)],
    ['t10k-images-idx3-ubyte', pictures(test)],
    ['t10k-labels-idx1-ubyte', labels(test)],
  ])
}

describe('fashion()', () => {
  const whole = files()
  const grey = (dataset: ReturnType<typeof fashionSource.decode>, split: 'train' | 'validation' | 'test', i: number) => {
    const { mean, std } = dataset.normalisation
    return Math.round((dataset.splits[split].images[i * 784]! * std[0]! + mean[0]!) * 255)
  }

  test('trains on the first 55,000 rows, validates on the last 5,000, tests on the test file', () => {
    const dataset = fashionSource.decode(whole, fashion().spec.options)
    expect(Object.values(dataset.splits).map(({ labels }) => labels.length)).toEqual([55_000, 5_000, 10_000])
    expect([grey(dataset, 'train', 54_999), grey(dataset, 'validation', 0), grey(dataset, 'validation', 4_999)]).toEqual([
      54_999 % 251,
      55_000 % 251,
      59_999 % 251,
    ])
    expect([grey(dataset, 'test', 0), grey(dataset, 'test', 9_999), dataset.splits.test.labels[9_999]]).toEqual([0, 9_999 % 251, 9])
  })

  test('f10k() is its first 10,000 training rows, normalised by themselves, with the same validation and test', () => {
    const dataset = fashionSource.decode(whole, f10k().spec.options)
    expect(Object.values(dataset.splits).map(({ labels }) => labels.length)).toEqual([10_000, 5_000, 10_000])
    expect([grey(dataset, 'train', 9_999), grey(dataset, 'validation', 0), grey(dataset, 'test', 9_999)]).toEqual([
      9_999 % 251,
      55_000 % 251,
      9_999 % 251,
    ])
    const mean = Array.from({ length: 10_000 }, (_, row) => (row % 251) / 255).reduce((sum, v) => sum + v, 0) / 10_000
    expect(dataset.normalisation.mean[0]).toBeCloseTo(mean, 10)
  })

  test('of another data set is refused', () => {
    expect(() => fashionSource.decode(files(50_000), {})).toThrow(
      'train-images-idx3-ubyte has 50000 images of 28 × 28, and Fashion-MNIST has 60000 of 28 × 28.',
    )
  })

  test('with a number of examples that there are not is refused at the call', () => {
    expect(() => fashion({ train: 55_001 })).toThrow('a whole number from 1 to 55000')
    expect(() => fashion({ train: 0.5 })).toThrow('train')
    expect(() => fashion({ from: 7 as never })).toThrow('path')
  })

  test('all of it is the same data set, written out or not; where it lies is no option', () => {
    expect(fashion({ train: 55_000 }).spec).toEqual(fashion().spec)
    expect(fashion({ from: '/data' }).spec).toEqual({ name: 'fashion', options: {}, from: '/data' })
  })
})
