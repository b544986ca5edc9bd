import { expect, test } from 'vitest'
import { customDataset } from '../../../stdlib/data/custom.ts'

const split = (n: number, change: { images?: unknown; labels?: unknown } = {}) => ({
  images: new Float32Array(4 * n).fill(0.5),
  labels: new Int32Array(n),
  ...change,
})
const whole = { input: [2, 2, 1], train: split(3), validation: split(1), test: split(2) }

test('images and labels are taken as they are: nothing is normalised', () => {
  const { input, classes, normalisation, splits } = customDataset(whole, 10)
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
  expect(() => customDataset(given, 10)).toThrow(says)
})
