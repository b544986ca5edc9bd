import { describe, expect, test } from 'vitest'
import { type ByteImages, datasetOfBytes, decodeBytes, encodeBytes } from '../../../stdlib/data/bytes.ts'

/** Six examples of 1 × 2 pixels with two channels; example 3 is of no split. */
const pixels = Uint8Array.from({ length: 24 }, (_, i) => (i * 11) % 256)
const images: ByteImages = {
  input: [1, 2, 2],
  classes: 3,
  pixels,
  splits: {
    train: { rows: Int32Array.of(4, 0, 1), labels: Int32Array.of(1, 0, 1) },
    validation: { rows: Int32Array.of(5), labels: Int32Array.of(2) },
    test: { rows: Int32Array.of(2), labels: Int32Array.of(2) },
  },
}
const dataset = datasetOfBytes(images)

describe('pixels that are bytes', () => {
  test('are normalised by each channel of the training split alone', () => {
    // Channel 0 of rows 4, 0, 1 at both pixels: 176, 198, 0, 22, 44, 66; channel 1: 187, 209, 11, 33, 55, 77.
    const [first, second] = [[176, 198, 0, 22, 44, 66].map((v) => v / 255), [187, 209, 11, 33, 55, 77].map((v) => v / 255)]
    const mean = (list: number[]) => list.reduce((sum, v) => sum + v, 0) / list.length
    const std = (list: number[]) => Math.sqrt(mean(list.map((v) => (v - mean(list)) ** 2)))
    expect(dataset.normalisation.mean[0]).toBeCloseTo(mean(first), 12)
    expect(dataset.normalisation.mean[1]).toBeCloseTo(mean(second), 12)
    expect(dataset.normalisation.std[1]).toBeCloseTo(std(second), 12)
    expect(dataset.splits.train.images[0]).toBe(Math.fround((176 / 255 - dataset.normalisation.mean[0]!) / dataset.normalisation.std[0]!))
    expect(dataset.splits.train.labels).toEqual(Int32Array.of(1, 0, 1))
    expect(dataset.splits.validation.images.length).toBe(4)
    // Row 5: 220, 231, 242, 253.
    expect(dataset.splits.validation.images[3]).toBe(
      Math.fround((253 / 255 - dataset.normalisation.mean[1]!) / dataset.normalisation.std[1]!),
    )
  })

  test('without any contrast become zeros', () => {
    const { splits, normalisation } = datasetOfBytes({ ...images, pixels: new Uint8Array(24).fill(9) })
    expect(normalisation.std).toEqual([1, 1])
    expect(Math.max(...splits.train.images.map(Math.abs))).toBeLessThan(1e-7)
  })

  test('come back from their file as they were', () => {
    const back = decodeBytes(Buffer.concat([Buffer.from([0]), encodeBytes(dataset)]).subarray(1)) // as a file is read, at any address
    expect({ ...back.bytes, pixels: Uint8Array.from(back.bytes.pixels) }).toEqual(dataset.bytes)
    expect(back.normalisation).toEqual(dataset.normalisation)
    expect(back.splits.test).toEqual(dataset.splits.test)
  })

  const content = encodeBytes(dataset)
  const changed = (at: number, byte: number) =>
    Uint8Array.from(content, (old, i) => (i === (at < 0 ? content.length + at : at) ? byte : old))
  const withFooter = (from: string, to: string) => {
    const text = new TextDecoder('latin1').decode(content)
    return Uint8Array.from([...text.replace(from, to)], (letter) => letter.charCodeAt(0))
  }
  test.each([
    ['a byte short', content.subarray(1), 'bytes, and its footer says'],
    ['a byte long', Uint8Array.from([0, ...content]), 'bytes, and its footer says'],
    ['cut off', content.subarray(0, -1), 'does not end as a data set does'],
    ['empty', new Uint8Array(0), 'does not end as a data set does'],
    ['without the length of its footer', changed(-20, 120), 'how long its footer is'],
    ['with a footer that is no JSON', withFooter('{"input"', '["input"'), 'its footer is not JSON'],
    ['with more examples than fit anywhere', withFooter('"pool":6', '"pool":9'), 'bytes, and its footer says'],
    ['with no examples', withFooter('"examples":[3,', '"examples":[0,'), 'does not describe a data set'],
    ['with a label that is no class', changed(24, 3), 'out of range'],
    ['with a row that is not there', changed(24 + 12, 6), 'out of range'],
  ])('in a file that is %s are refused', (_, damaged, says) => {
    expect(() => decodeBytes(damaged)).toThrow(says)
  })
})
