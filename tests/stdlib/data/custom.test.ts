import { describe, expect, test } from 'vitest'
import { customDataset } from '../../../stdlib/data/custom.ts'
import { decodeDataset, encodeDataset } from '../../../stdlib/data/dataset.ts'

const split = (n: number, change: { images?: unknown; labels?: unknown } = {}) => ({
  images: new Float32Array(4 * n).fill(0.5),
  labels: new Int32Array(n),
  ...change,
})
const whole = { input: [2, 2, 1], train: split(3), validation: split(1), test: split(2) }

test('images and labels are taken as they are: nothing is normalised', () => {
  const { input, classes, normalisation, splits } = customDataset(whole, { classes: 10 })
  expect({ input, classes, normalisation }).toEqual({ input: [2, 2, 1], classes: 10, normalisation: { mean: [0], std: [1] } })
  expect(splits).toEqual({ train: whole.train, validation: whole.validation, test: whole.test })
})

test.each<[what: string, given: unknown, says: string]>([
  ['nothing', undefined, '`input` is not [height, width, channels]'],
  ['a shape of two', { ...whole, input: [2, 2] }, '`input` is not [height, width, channels]'],
  ['no test split', { ...whole, test: undefined }, '`images` is not a Float32Array in test'],
  ['labels as a list', { ...whole, train: split(3, { labels: [0, 0, 0] }) }, '`labels` is not an Int32Array in train'],
  ['no examples', { ...whole, validation: split(0) }, 'there is no example in validation'],
  ['too few numbers', { ...whole, test: split(2, { images: new Float32Array(7) }) }, 'there are 7 numbers for 2 examples of 4 in test'],
  [
    'a class too many',
    { ...whole, train: split(3, { labels: Int32Array.of(0, 10, 1) }) },
    'label 10 of example 1 is not one of the classes 0 to 9',
  ],
  ['NaN', { ...whole, train: split(1, { images: Float32Array.of(0, 0, Number.NaN, 0) }) }, 'number 2 of example 0 is NaN in train'],
])('%s: one sentence that says what and where', (_, given, says) => {
  expect(() => customDataset(given, { classes: 10 })).toThrow(says)
})

describe('numbers that are predicted', () => {
  const form = { classes: 2, predicts: 'numbers' } as const
  const numbers = (n: number, change: { images?: unknown; targets?: unknown; labels?: unknown } = {}) => ({
    images: new Float32Array(4 * n).fill(0.5),
    targets: Float32Array.from({ length: 2 * n }, (_, i) => 100 * i),
    ...change,
  })
  const whole = { input: [2, 2, 1], train: numbers(3), validation: numbers(1), test: numbers(2) }

  test('are taken as they are, and are the same after they were kept', () => {
    const dataset = customDataset(whole, form)
    expect(dataset.target).toEqual({ kind: 'numbers', mean: [0, 0], std: [1, 1] })
    expect(dataset.splits.train.labels).toEqual(Float32Array.of(0, 100, 200, 300, 400, 500))
    expect(decodeDataset(encodeDataset(dataset))).toEqual(dataset)
  })

  test.each<[what: string, given: unknown, says: string]>([
    ['no shape', { ...whole, input: undefined }, 'something else than images and targets: `input` is not [height, width, channels]'],
    [
      'labels',
      { ...whole, train: numbers(3, { targets: undefined, labels: new Int32Array(3) }) },
      '`targets` is not a Float32Array in train',
    ],
    ['whole numbers', { ...whole, train: numbers(3, { targets: new Int32Array(6) }) }, '`targets` is not a Float32Array in train'],
    [
      'half an example',
      { ...whole, test: numbers(2, { targets: new Float32Array(3) }) },
      'there are 3 numbers to predict, 2 for each example in test',
    ],
    ['one of two', { ...whole, test: numbers(2, { targets: new Float32Array(2) }) }, 'there are 8 numbers for 1 examples of 4 in test'],
    ['none', { ...whole, validation: numbers(0) }, 'there is no example in validation'],
    ['NaN', { ...whole, train: numbers(2, { targets: Float32Array.of(0, 1, 2, Number.NaN) }) }, 'target 1 of example 1 is NaN in train'],
    ['infinity', { ...whole, train: numbers(1, { targets: Float32Array.of(Infinity, 0) }) }, 'target 0 of example 0 is Infinity in train'],
    [
      'a pixel',
      { ...whole, train: numbers(1, { images: Float32Array.of(0, -Infinity, 0, 0) }) },
      'number 1 of example 0 is -Infinity in train',
    ],
  ])('%s: one sentence that says what and where', (_, given, says) => {
    expect(() => customDataset(given, form)).toThrow(says)
  })
})

describe('sequences of tokens', () => {
  const form = { classes: 5, predicts: 'tokens', length: 3 } as const
  const rows = (...tokens: number[]) => ({ tokens: Int32Array.from(tokens) })
  const whole = { train: rows(0, 1, 2, 3, 4, 3, 2, 1), validation: rows(0, 0, 0, 0), test: rows(1, 1, 1, 4) }

  test('are read but for their last token, and at each place the next one is predicted', () => {
    const dataset = customDataset(whole, form)
    expect(dataset).toMatchObject({ input: [3], classes: 5, normalisation: { mean: [], std: [] }, target: { kind: 'tokens' } })
    expect(dataset.splits.train).toEqual({ images: Float32Array.of(0, 1, 2, 4, 3, 2), labels: Int32Array.of(1, 2, 3, 3, 2, 1) })
    expect(decodeDataset(encodeDataset(dataset))).toEqual(dataset)
  })

  test.each<[what: string, given: unknown, says: string]>([
    [
      'a split that is not there',
      { ...whole, test: undefined },
      'something else than sequences of tokens: `tokens` is not an Int32Array in test',
    ],
    ['floats', { ...whole, train: { tokens: new Float32Array(4) } }, '`tokens` is not an Int32Array in train'],
    ['no token after', { ...whole, train: rows(1, 2, 3) }, 'there are 3 tokens, which are no sequences of 3 and the token after in train'],
    ['none', { ...whole, validation: rows() }, 'there is no sequence in validation'],
    ['one too large', { ...whole, train: rows(0, 0, 0, 0, 0, 0, 5, 0) }, 'token 5 at place 2 of sequence 1 is not one of 0 to 4 in train'],
    ['one below', { ...whole, test: rows(-1, 0, 0, 0) }, 'token -1 at place 0 of sequence 0 is not one of 0 to 4 in test'],
  ])('%s: one sentence that says what and where', (_, given, says) => {
    expect(() => customDataset(given, form)).toThrow(says)
  })
})
