import { beforeAll, describe, expect, test } from 'vitest'
import { distObjective, uncorrelated } from '../../../stdlib/distill/dist.ts'
import { askedEachStep } from '../../../stdlib/distill/teacher-logits.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { crossEntropy, dot, lossOf, mean, number, opened, pairOn, softmax } from './numbers.ts'

let engine: Engine
beforeAll(async () => {
  engine = await opened()
})

const of = (own: number[][], given: number[][]) => number(uncorrelated(engine.tf, engine.tf.tensor2d(own), engine.tf.tensor2d(given)))

describe("1 − Pearson's correlation", () => {
  test('of each row, averaged, worked out by hand', () => {
    // (1, 2, 3) and (1, 2, 3): 1. Around their means (−1, 0, 1) and (1, −1, 0): −1 / 2.
    expect(of([[1, 2, 3]], [[1, 2, 3]])).toBeCloseTo(0, 5)
    expect(of([[1, 2, 3]], [[3, 1, 2]])).toBeCloseTo(1 + 1 / 2, 5)
    expect(
      of(
        [
          [1, 2, 3],
          [1, 2, 3],
        ],
        [
          [1, 2, 3],
          [3, 1, 2],
        ],
      ),
    ).toBeCloseTo(3 / 4, 5)
  })

  test('asks for no scale and no shift, as KL does', () => {
    expect(of([[0.1, 0.2, 0.3]], [[5, 7, 9]])).toBeCloseTo(0, 5)
  })

  test('means are taken off: it is no cosine', () => {
    const [x, y] = [
      [0.7, 0.2, 0.1],
      [0.1, 0.7, 0.2],
    ]
    const centred = (v: number[]) => v.map((value) => value - mean(v))
    const [a, b] = [centred(x), centred(y)]
    expect(of([x], [y])).toBeCloseTo(1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)), 5)
  })

  test('a row without variation gives a finite gradient', () => {
    const { tf } = engine
    const gradient = tf.grad((x: Tensor) => uncorrelated(tf, x, tf.tensor2d([[1, 0]])).asScalar())(tf.tensor2d([[0.5, 0.5]]))
    expect(gradient.dataSync().every(Number.isFinite)).toBe(true)
  })
})

test('both relations count τ² times, over classes and over the batch, beside the labels', () => {
  const { student, teacher, x, own, given } = pairOn(engine)
  const objective = distObjective(askedEachStep([teacher]))
  const { loss } = lossOf(engine, { network: student, objective, scalars: [0.5, 2, 3, 2] }, x)
  const [q, p] = [own.map((row) => softmax(row, 2)), given.map((row) => softmax(row, 2))]
  const columns = (rows: number[][]) => rows[0]!.map((_, c) => rows.map((row) => row[c]!))
  const apart = (a: number[][], b: number[][]) =>
    1 -
    mean(
      a.map((row, i) => {
        const [u, v] = [row.map((value) => value - mean(row)), b[i]!.map((value) => value - mean(b[i]!))]
        return dot(u, v) / (Math.sqrt(dot(u, u) * dot(v, v)) + 1e-8)
      }),
    )
  expect(loss).toBeCloseTo(0.5 * crossEntropy(own) + 4 * (2 * apart(q, p) + 3 * apart(columns(q), columns(p))), 2)
})
