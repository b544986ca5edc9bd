import { beforeAll, expect, test } from 'vitest'
import { similarityDistance } from '../../../stdlib/distill/sp.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { dot, mean, number, opened, unit } from './numbers.ts'

let engine: Engine
beforeAll(async () => {
  engine = await opened()
})

test("is the squared distance of the batch's similarities over batch², rows of length 1, worked out by hand", () => {
  const { tf } = engine
  // Maps of 1 × 2 with one channel. G_S = [[25, 0], [0, 4]] → the unit matrix; G_T = [[1, 1], [1, 2]] → rows (1, 1)/√2 and (1, 2)/√5.
  const own = tf.tensor4d([[[[3], [4]]], [[[-1.6], [1.2]]]])
  const given = tf.tensor4d([[[[1], [0]]], [[[1], [1]]]])
  const [a, b] = [1 / Math.SQRT2, 1 / Math.sqrt(5)]
  const byHand = ((a - 1) ** 2 + a ** 2 + b ** 2 + (2 * b - 1) ** 2) / 4
  expect(number(similarityDistance(tf, own, given))).toBeCloseTo(byHand, 6)
})

test('rows have length 1, not the whole matrix; maps of other sizes and channels compare', () => {
  const { tf } = engine
  const own = [
    [1, 2, 0, 1],
    [0, 1, 1, 3],
    [2, 0, 1, 0],
  ]
  const given = [
    [1, 1],
    [0, 3],
    [2, 1],
  ]
  const rows = (x: number[][]) => x.flatMap((one) => unit(x.map((other) => dot(one, other))))
  const [s, t] = [rows(own), rows(given)]
  const byHand = mean(s.map((value, i) => (value - t[i]!) ** 2))
  expect(number(similarityDistance(tf, tf.tensor(own, [3, 2, 1, 2]), tf.tensor(given, [3, 1, 1, 2])))).toBeCloseTo(byHand, 6)
  // Ten times the features are as similar.
  expect(number(similarityDistance(tf, tf.mul(tf.tensor(own, [3, 2, 1, 2]), 10), tf.tensor(given, [3, 1, 1, 2])))).toBeCloseTo(byHand, 5)
})
