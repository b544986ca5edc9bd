import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import { kdLoss } from '../../../stdlib/distill/kd.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const loss = (student: number[][], teacher: number[][], labels: number[][], temperature: number, ce: number, kl: number): number => {
  const { tf } = engine
  return tf.tidy(
    () =>
      kdLoss(engine, {
        labels: tf.tensor2d(labels),
        logits: tf.tensor2d(student),
        teachers: [tf.tensor2d(teacher)],
        temperature: tf.scalar(temperature),
        ce: tf.scalar(ce),
        kl: tf.scalar(kl),
      }).dataSync()[0]!,
  )
}

describe('knowledge distillation', () => {
  // One example, two classes. Student logits [0, 0]: (1/2, 1/2) at every τ. Teacher logits [2 ln 3, 0]: (3/4, 1/4) at τ = 2.
  const student = [[0, 0]]
  const teacher = [[2 * Math.log(3), 0]]
  const kl = 0.75 * Math.log(0.75 / 0.5) + 0.25 * Math.log(0.25 / 0.5)

  test('is ce · CE + kl · τ² · KL(teacher ‖ student), worked out by hand; with one weight α they are 1 − α and α', () => {
    expect(loss(student, teacher, [[1, 0]], 2, 1, 0)).toBeCloseTo(Math.LN2, 6)
    expect(loss(student, teacher, [[1, 0]], 2, 0, 1)).toBeCloseTo(4 * kl, 6)
    expect(loss(student, teacher, [[1, 0]], 2, 0.1, 0.9)).toBeCloseTo(0.1 * Math.LN2 + 0.9 * 4 * kl, 6)
    // The row of KD in the tables of Chen et al. (2022): no mixture.
    expect(loss(student, teacher, [[1, 0]], 2, 1, 1)).toBeCloseTo(Math.LN2 + 4 * kl, 6)
  })

  test('averages over the batch, not over classes', () => {
    const one = loss(student, teacher, [[1, 0]], 2, 0, 1)
    expect(
      loss(
        [...student, ...student],
        [...teacher, ...teacher],
        [
          [1, 0],
          [0, 1],
        ],
        2,
        0,
        1,
      ),
    ).toBeCloseTo(one, 6)
    // A second example that agrees with its teacher halves the mean.
    expect(
      loss(
        [
          [0, 0],
          [1, 2],
        ],
        [...teacher, [1, 2]],
        [
          [1, 0],
          [0, 1],
        ],
        2,
        0,
        1,
      ),
    ).toBeCloseTo(one / 2, 6)
  })

  test('has softmax(z/τ) − softmax(zᵀ/τ), times τ, as its gradient', () => {
    const { tf } = engine
    const gradient = tf.grad((logits: Tensor) =>
      kdLoss(engine, {
        labels: tf.tensor2d([[1, 0]]),
        logits,
        teachers: [tf.tensor2d(teacher)],
        temperature: tf.scalar(2),
        ce: tf.scalar(0),
        kl: tf.scalar(1),
      }).asScalar(),
    )
    expect([...gradient(tf.tensor2d(student)).dataSync()].map((value) => value.toFixed(5))).toEqual(['-0.50000', '0.50000'])
  })

  test('stays finite for logits far apart', () => {
    expect(loss([[-200, 200]], [[200, -200]], [[1, 0]], 1, 0.5, 0.5)).toBeCloseTo(0.5 * 400 + 0.5 * 400, 2)
  })
})
