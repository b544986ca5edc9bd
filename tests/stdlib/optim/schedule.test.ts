import { describe, expect, test } from 'vitest'
import { constant, cosine, linearRate, oneCycle, type Schedule, step, warmup } from '../../../dsl/parts/schedule.ts'
import { learningRate } from '../../../stdlib/optim/schedule.ts'

/** 20 steps. */
const horizon = { stepsPerEpoch: 5, epochs: 4 }
const rates = ({ spec }: Schedule, steps: readonly number[]) => steps.map((at) => learningRate(spec, at, horizon))
const close = (found: readonly number[], expected: readonly number[]) => {
  expect(found.length).toBe(expected.length)
  found.forEach((rate, i) => {
    expect(rate).toBeCloseTo(expected[i]!, 12)
  })
}

describe('the learning rate', () => {
  test('stays, or falls along a line or half a cosine to its end', () => {
    close(rates(constant(0.1), [0, 19]), [0.1, 0.1])
    close(rates(linearRate(0.1, { to: 0.02 }), [0, 5, 10]), [0.1, 0.08, 0.06])
    close(rates(cosine(0.1), [0, 5, 10, 15]), [0.1, 0.05 * (1 + Math.SQRT1_2), 0.05, 0.05 * (1 - Math.SQRT1_2)])
    close(rates(cosine(0.1, { to: 0.02 }), [0, 10]), [0.1, 0.06])
  })

  test('drops at fractions of the horizon, and at the end of epochs', () => {
    close(rates(step(0.1), [9, 10, 14, 15]), [0.1, 0.01, 0.01, 0.001])
    close(rates(step(0.1, { factor: 0.5, at: { epochs: [1, 3] } }), [4, 5, 14, 15]), [0.1, 0.05, 0.05, 0.025])
  })

  test('goes through one cycle as PyTorch’s OneCycleLR does', () => {
    // Phases end at 0.3 · 20 − 1 = 5 and at 19: from 0.1/25 to 0.1 and down to 0.1/250,000.
    close(rates(oneCycle(0.1), [0, 5, 12, 19]), [0.004, 0.1, (0.1 + 4e-7) / 2, 4e-7])
    close(rates(oneCycle(0.1), [2.5]), [(0.1 + 0.004) / 2])
  })

  test('of one cycle whose rise is a single step begins at the top', () => {
    close(rates(oneCycle(0.1, { rise: 0.05 }), [0, 19]), [0.1, 4e-7])
    for (const rise of [0.01, 0.05, 0.051, 0.5, 0.99]) {
      for (let at = 0; at < 20; at++) {
        const rate = learningRate(oneCycle(0.1, { rise }).spec, at, horizon)
        expect(rate > 0 && rate <= 0.1).toBe(true)
      }
    }
  })

  test('warms up in a line to the peak; a cosine falls over what is left, points stay', () => {
    close(rates(warmup(1, 0.1), [0, 1, 4, 5, 19]), [0.02, 0.04, 0.1, 0.1, 0.1])
    close(rates(warmup(0.4, 0.1), [0, 1, 2]), [0.05, 0.1, 0.1])
    // 15 steps are left: the middle is at 5 + 7.5.
    close(rates(warmup(1, cosine(0.1)), [5, 12.5]), [0.1, 0.05])
    close(rates(warmup(1, step(0.1)), [9, 10, 15]), [0.1, 0.01, 0.001])
    close(rates(warmup(1, linearRate(0.1)), [5, 8]), [0.1, 0.08])
  })
})
