import { describe, expect, test } from 'vitest'
import type { ByteDataset } from '../../../stdlib/data/bytes.ts'
import { emnistSource } from '../../../stdlib/data/emnist.ts'
import { mnistSource, plainIdxSource } from '../../../stdlib/data/mnist.ts'
import { emnist, idx, kmnist, mnist } from '../../../stdlib/index.ts'
import { idx as file } from './idx-files.ts'

/** Images of 2 × 3 with pixels that count up. */
const pictures = (count: number, first = 0) =>
  file(
    [count, 2, 3],
    Uint8Array.from({ length: count * 6 }, (_, i) => (first + i) % 256),
  )
const files = (names: readonly string[], labels: readonly number[]) =>
  new Map([
    [names[0]!, pictures(labels.length)],
    [names[1]!, file([labels.length], labels)],
    [names[2]!, pictures(2, 100)],
    [names[3]!, file([2], labels.slice(0, 2))],
  ])
const rows = ({ bytes }: ByteDataset, split: 'train' | 'validation' | 'test') => {
  const { rows, labels } = bytes.splits[split]
  return [...rows].map((row, i) => [bytes.pixels[row * 6], labels[i]])
}

describe('IDX files', () => {
  const spec = idx({ from: 'x', classes: 4, validation: 2 }).spec
  const names = plainIdxSource.files(spec.options)

  test('are training and validation from the first pair, test from the second', () => {
    const dataset = plainIdxSource.decode(files(names, [3, 1, 0, 2, 3]), spec.options) as ByteDataset
    expect(dataset.input).toEqual([2, 3, 1])
    expect(rows(dataset, 'train')).toEqual([
      [0, 3],
      [6, 1],
      [12, 0],
    ])
    expect(rows(dataset, 'validation')).toEqual([
      [18, 2],
      [24, 3],
    ])
    expect(rows(dataset, 'test')).toEqual([
      [100, 3],
      [106, 1],
    ])
  })

  test('of which only some are used leave the others out of the data set', () => {
    const few = idx({ from: 'x', classes: 4, validation: 2, train: 1 }).spec
    const dataset = plainIdxSource.decode(files(names, [3, 1, 0, 2, 3]), few.options) as ByteDataset
    expect(dataset.bytes.pixels.length).toBe(5 * 6)
    expect(rows(dataset, 'validation')).toEqual([
      [18, 2],
      [24, 3],
    ])
  })

  test('of two sizes are refused', () => {
    const mixed = files(names, [3, 1, 0, 2, 3]).set(names[2]!, file([2, 3, 3], new Uint8Array(18)))
    expect(() => plainIdxSource.decode(mixed, spec.options)).toThrow(
      't10k-images-idx3-ubyte has images of 3 × 3, and train-images-idx3-ubyte of 2 × 3.',
    )
  })

  test('with a label out of range are refused', () => {
    expect(() => plainIdxSource.decode(files(names, [3, 1, 0, 4, 3]), spec.options)).toThrow(
      'train-labels-idx1-ubyte has the label 4 at byte 11, and labels go from 0 to 3.',
    )
  })

  test('need a folder', () => {
    expect(() => idx({ classes: 4 } as never)).toThrow('from')
  })
})

describe('emnist()', () => {
  test('turns images upright, and counts letters from zero', () => {
    const spec = emnist('letters', { validation: 1 }).spec
    const names = emnistSource.files(spec.options)
    expect(names[2]).toBe('emnist-letters-test-images-idx3-ubyte')
    const dataset = emnistSource.decode(files(names, [26, 1, 2]), spec.options) as ByteDataset
    expect(dataset.input).toEqual([3, 2, 1])
    // Columns 0 1 2 | 3 4 5 in the file are rows 0 3 | 1 4 | 2 5 on the page.
    expect([...dataset.bytes.pixels.subarray(0, 6)]).toEqual([0, 3, 1, 4, 2, 5])
    expect(rows(dataset, 'train').map(([, label]) => label)).toEqual([25, 0])
  })

  test.each([
    ['byclass', 62],
    ['bymerge', 47],
    ['balanced', 47],
    ['letters', 26],
    ['digits', 10],
    ['mnist', 10],
  ] as const)('%s has %d classes', (part, classes) => {
    expect(emnist(part).classes).toBe(classes)
  })

  test('knows its parts', () => {
    expect(() => emnist('capitals' as never)).toThrow("'byclass', 'bymerge', 'balanced', 'letters', 'digits', 'mnist'")
  })
})

test('mnist() and kmnist() have files of the same names, and are told apart by their own', () => {
  expect(mnistSource.files({})).toEqual([
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
  ])
  expect(mnist().spec).toEqual({ name: 'mnist', options: { validation: 5000, by: 'file' } })
  expect(kmnist().spec.name).toBe('kmnist')
})
