import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { decodeDataset, encodeDataset } from '../../../stdlib/data/dataset.ts'
import { digitsSource } from '../../../stdlib/data/digits.ts'
import { digitsFiles } from '../../digits-files.ts'

const { splits } = decodeDataset(encodeDataset(digitsSource.decode(digitsFiles, {})))

test('are 7,996, 997 and 997, one digit after the other', () => {
  expect(Object.values(splits).map(({ labels }) => labels.length)).toEqual([7996, 997, 997])
  for (const { labels } of Object.values(splits)) expect([...labels]).toEqual([...labels].sort((a, b) => a - b))
})

test('have every pixel as the npm package has it, of each digit the first and the last', () => {
  const { train, test } = splits
  const pixels = 784
  // Normalised: pixels that are equal stay equal, and the order stays.
  const rank = new Map([...new Set(train.images)].sort((a, b) => a - b).map((value, i) => [value, i]))
  for (let digit = 0; digit < 10; digit++) {
    const { data } = createRequire(import.meta.url)(`mnist/src/digits/${digit}.json`) as { data: number[] }
    const ranks = new Map([...new Set(data)].sort((a, b) => a - b).map((value) => [value, Math.round(value * 255)]))
    const first = train.labels.indexOf(digit) * pixels
    expect([...train.images.subarray(first, first + pixels)].map((value) => rank.get(value))).toEqual(
      data.slice(0, pixels).map((value) => ranks.get(value)),
    )
    const last = (test.labels.lastIndexOf(digit) + 1) * pixels
    expect([...test.images.subarray(last - pixels, last)].map((value) => rank.get(value))).toEqual(
      data.slice(-pixels).map((value) => ranks.get(value)),
    )
  }
})

test('a file that is cut off is an error with its name', () => {
  const [images] = digitsSource.files({})
  const cut = new Map(digitsFiles).set(images!, digitsFiles.get(images!)!.subarray(0, 1000))
  expect(() => digitsSource.decode(cut, {})).toThrow('digits-images-idx3-ubyte has 1000 bytes, and its header (10000 × 28 × 28) announces')
})
