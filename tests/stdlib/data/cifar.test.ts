import { describe, expect, test } from 'vitest'
import type { ByteDataset } from '../../../stdlib/data/bytes.ts'
import { cifar10Source, cifar100Source } from '../../../stdlib/data/cifar.ts'
import { cifar10, cifar100 } from '../../../stdlib/index.ts'

/** Records of labels and three planes, each plane of one value. */
const records = (...each: readonly { readonly labels: readonly number[]; readonly rgb: readonly [number, number, number] }[]) =>
  Uint8Array.from(each.flatMap(({ labels, rgb }) => [...labels, ...rgb.flatMap((value) => new Array<number>(1024).fill(value))]))

const ten = (...labels: readonly number[]) =>
  records(...labels.map((label, i) => ({ labels: [label], rgb: [i, 100 + i, 200 + i] as const })))
const files10 = (first: Uint8Array = ten(3, 4)) =>
  new Map(cifar10Source.files({}).map((name, i) => [name, i === 0 ? first : ten(i)] as const))

describe('cifar10()', () => {
  const { options } = cifar10({ validation: 2 }).spec

  test('joins its five batches, puts channels last, and tests on the test batch', () => {
    const { bytes, normalisation } = cifar10Source.decode(files10(), options) as ByteDataset
    expect([...bytes.splits.train.labels]).toEqual([3, 4, 1, 2])
    expect([...bytes.splits.validation.labels]).toEqual([3, 4])
    expect([...bytes.splits.test.labels]).toEqual([5])
    expect([...bytes.pixels.subarray(3072, 3072 + 6)]).toEqual([1, 101, 201, 1, 101, 201])
    // Reds of the four training records: 0, 1, 0, 0.
    expect(normalisation.mean[0]).toBeCloseTo(0.25 / 255, 12)
    expect(normalisation.std[1]).toBeCloseTo(Math.sqrt(0.1875) / 255, 12)
  })

  test('is normalised by the numbers that are told instead: (byte / 255 − mean) / std, in every split', () => {
    const normalize = { mean: [0.5, 0.25, 0], std: [0.5, 1, 2] }
    const { splits, normalisation } = cifar10Source.decode(files10(), cifar10({ validation: 2, normalize }).spec.options)
    expect(normalisation).toEqual(normalize)
    // The first record of data_batch_1 is 0, 100, 200; the second of the training split 0, 100, 200 too.
    const expected = [(0 - 0.5) / 0.5, 100 / 255 - 0.25, 200 / 255 / 2].map(Math.fround)
    expect([...splits.train.images.subarray(0, 3)]).toEqual(expected)
    expect([...splits.test.images.subarray(0, 3)]).toEqual(expected)
  })

  test.each([
    { mean: [0.5], std: [0.5] },
    { mean: [0, 0, 0], std: [1, 0, 1] },
    { mean: [0, 0, 0] },
    { mean: [0, 0, 0], std: [1, 1, 1], eps: 1 },
  ])('refuses to normalise by %j', (normalize) => {
    expect(() => cifar10({ normalize: normalize as never })).toThrow('needs a mean and a standard deviation for each channel')
  })

  test('of a file that is cut off says where', () => {
    expect(() => cifar10Source.decode(files10(ten(3, 4).subarray(0, 4000)), options)).toThrow(
      'data_batch_1.bin has 4000 bytes, which is no whole number of records of 3073: it ends within record 1 at byte 3073.',
    )
    expect(() => cifar10Source.decode(files10(new Uint8Array(0)), options)).toThrow('data_batch_1.bin has 0 bytes')
  })

  test('with a label out of range says where', () => {
    expect(() => cifar10Source.decode(files10(ten(3, 10)), options)).toThrow(
      'data_batch_1.bin has the label 10 at byte 3073, and labels go from 0 to 9.',
    )
  })
})

describe('cifar100()', () => {
  const files = new Map(
    cifar100Source.files({}).map((name) => [name, records({ labels: [19, 99], rgb: [1, 2, 3] }, { labels: [0, 7], rgb: [4, 5, 6] })]),
  )

  test('has fine labels', () => {
    const data = cifar100({ validation: 1 })
    expect(data.classes).toBe(100)
    const { splits } = (cifar100Source.decode(files, data.spec.options) as ByteDataset).bytes
    expect([...splits.test.labels]).toEqual([99, 7])
  })

  test('and coarse ones', () => {
    const data = cifar100({ validation: 1, labels: 'coarse' })
    expect(data.classes satisfies 20).toBe(20)
    const { splits } = (cifar100Source.decode(files, data.spec.options) as ByteDataset).bytes
    expect([...splits.test.labels]).toEqual([19, 0])
  })
})
