import { beforeAll, describe, expect, test } from 'vitest'
import { angleLoss, distanceLoss } from '../../../stdlib/distill/rkd.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { number, opened } from './numbers.ts'

let engine: Engine
beforeAll(async () => {
  engine = await opened()
})
const vectors = (rows: number[][]): Tensor => engine.tf.tensor2d(rows)

/** A triangle with sides 3, 4 and 5, and three points on a line, 1 apart. */
const triangle = [
  [0, 0],
  [3, 0],
  [0, 4],
]
const line = [[0], [1], [2]]

describe('distances', () => {
  test('are over their mean without the diagonal, compared by Huber over all pairs, worked out by hand', () => {
    // Over their means 4 and 4/3: 3/4, 1, 5/4 and 3/4, 3/2, 3/4, each twice among nine entries.
    const byHand = (2 * 0.5 * ((3 / 4 - 3 / 4) ** 2 + (1 - 3 / 2) ** 2 + (5 / 4 - 3 / 4) ** 2)) / 9
    expect(number(distanceLoss(engine.tf, vectors(triangle), vectors(line)))).toBeCloseTo(byHand, 6)
  })

  test('grow linearly beyond 1', () => {
    // Two of five points lie apart: a pair's ratio to the mean exceeds the other side's by more than 1.
    const [apart, alike] = [
      [[0], [0.001], [0.002], [0.003], [100]],
      [[0], [1], [2], [3], [4]],
    ]
    const over = (rows: number[][]) => {
      const all = rows.map((x) => rows.map((y) => Math.abs(x[0]! - y[0]!)))
      const mu = all.flat().reduce((a, b) => a + b) / 20
      return all.flat().map((d) => d / mu)
    }
    const [s, t] = [over(apart), over(alike)]
    const huber = s.map((d, i) => Math.abs(d - t[i]!)).map((d) => (d < 1 ? 0.5 * d * d : d - 0.5))
    expect(s.some((d, i) => Math.abs(d - t[i]!) > 1)).toBe(true)
    expect(number(distanceLoss(engine.tf, vectors(apart), vectors(alike)))).toBeCloseTo(huber.reduce((a, b) => a + b) / 25, 4)
  })

  test("the student's mean has a gradient: nothing pulls at the scale", () => {
    const { tf } = engine
    const x = vectors(triangle)
    const gradient = tf.grad((own: Tensor) => distanceLoss(tf, own, vectors(line)).asScalar())(x)
    expect(Math.abs(number(tf.sum(tf.mul(gradient, x))))).toBeLessThan(1e-6)
    expect(Math.max(...gradient.dataSync().map(Math.abs))).toBeGreaterThan(1e-3)
  })
})

describe('angles', () => {
  test('are cosines at the first of three, Huber over all triples, worked out by hand', () => {
    // Cosines of the triangle 0, 3/5, 4/5 at its corners, of the line 1 at its ends and −1 in the middle; each twice among 27, the rest agree.
    const huber = [0 - 1, 3 / 5 + 1, 4 / 5 - 1].map(Math.abs).map((d) => (d < 1 ? 0.5 * d * d : d - 0.5))
    const byHand = (2 * huber.reduce((a, b) => a + b)) / 27
    expect(number(angleLoss(engine.tf, vectors(triangle), vectors(line)))).toBeCloseTo(byHand, 6)
  })

  test('equal vectors have a finite gradient', () => {
    const { tf } = engine
    const same = vectors([
      [1, 2],
      [1, 2],
      [0, 1],
    ])
    for (const loss of [angleLoss, distanceLoss]) {
      const gradient = tf.grad((own: Tensor) => loss(tf, own, vectors(triangle)).asScalar())(same)
      expect(gradient.dataSync().every(Number.isFinite)).toBe(true)
    }
  })
})
