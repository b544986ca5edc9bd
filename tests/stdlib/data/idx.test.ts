import { describe, expect, test } from 'vitest'
import { labelledImages, parseIdx } from '../../../stdlib/data/idx.ts'
import { idx } from './idx-files.ts'

const images = idx([2, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255])

describe('an IDX file', () => {
  test('is its shape and its values', () => {
    expect(parseIdx('a', images, 3)).toEqual({ shape: [2, 2, 3], values: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255) })
    expect(parseIdx('l', idx([3], [7, 0, 9]), 1).values).toEqual(Uint8Array.of(7, 0, 9))
  })

  test.each([
    ['empty', new Uint8Array(0), 'a ends at byte 0, within its header of 16 bytes.'],
    ['cut off in its header', images.subarray(0, 9), 'a ends at byte 9, within its header of 16 bytes.'],
    ['cut off in its values', images.subarray(0, 27), 'a has 27 bytes, and its header (2 × 2 × 3) announces 28.'],
    ['too long', Uint8Array.from([...images, 0]), 'a has 29 bytes, and its header (2 × 2 × 3) announces 28.'],
    ['labels', idx([12], new Uint8Array(12)), 'a begins with 0x00000801, and an IDX file of bytes with 3 dimensions with 0x00000803.'],
    ['something else', new TextEncoder().encode('<!DOCTYPE html><html>'), 'a begins with 0x3c21444f'],
    ['without values', idx([0, 28, 28], []), 'a announces no values at all at byte 4: 0 × 28 × 28.'],
    [
      'announcing more than there is room for',
      Uint8Array.of(0, 0, 8, 3, ...new Array<number>(12).fill(255)),
      'a has 16 bytes, and its header (4294967295 × 4294967295 × 4294967295) announces 7.922816',
    ],
  ])('that is %s is refused with the place and what was expected', (_, content, says) => {
    expect(() => parseIdx('a', content, 3)).toThrow(says)
  })
})

describe('images and labels', () => {
  test('belong together', () => {
    expect(labelledImages(['a', images], ['l', idx([2], [3, 0])], 10)).toMatchObject({ height: 2, width: 3, labels: Uint8Array.of(3, 0) })
  })

  test('counted from one are counted from zero afterwards', () => {
    expect(labelledImages(['a', images], ['l', idx([2], [26, 1])], 26, 1).labels).toEqual(Uint8Array.of(25, 0))
  })

  test.each([
    [idx([3], [1, 2, 3]), 0, 'l has 3 labels, and a has 2 images.'],
    [idx([2], [9, 10]), 0, 'l has the label 10 at byte 9, and labels go from 0 to 9.'],
    [idx([2], [0, 10]), 1, 'l has the label 0 at byte 8, and labels go from 1 to 10.'],
  ])('that do not are refused', (labels, first, says) => {
    expect(() => labelledImages(['a', images], ['l', labels], 10, first)).toThrow(says)
  })
})
