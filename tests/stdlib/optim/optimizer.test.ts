import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Tf } from '../../../stdlib/engine.ts'
import { adam, adamw, type Optimizer, sgd } from '../../../stdlib/index.ts'
import type { Parameter } from '../../../stdlib/network.ts'
import { anchorOf, optimizerOf } from '../../../stdlib/optim/registry.ts'

let tf: Tf
beforeAll(async () => {
  tf = (await openEngine({ threads: 1 })).tf
})

/** One weight that begins at 1 and the gradients it gets, at a learning rate of 0.1; where it is after each step. */
function path({ spec }: Optimizer, gradients: readonly number[], role: Parameter['role'] = 'kernel'): number[] {
  const optimizer = optimizerOf(spec)
  let weight = tf.scalar(1) as import('@tensorflow/tfjs').Tensor
  let slots = optimizer.slots.map(() => tf.scalar(0) as typeof weight)
  return gradients.map((gradient, i) => {
    const scalars = optimizer.scalarsAt(0.1, i + 1).map((number) => tf.scalar(number))
    const next = optimizer.update(weight, tf.scalar(gradient), slots, scalars, anchorOf(spec, role))
    weight = next.weight
    slots = [...next.slots]
    return weight.dataSync()[0]!
  })
}
const close = (found: readonly number[], expected: readonly number[]) => {
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 5)
  })
}
const lr = 0.1

describe('SGD', () => {
  test('goes against the gradient', () => close(path(sgd({ lr, momentum: 0 }), [0.5, -1]), [0.95, 1.05]))

  test('with momentum: v ← 0.9·v + g', () => {
    // v: 0.5, then 0.45 − 1 = −0.55.
    close(path(sgd({ lr }), [0.5, -1]), [0.95, 1.005])
  })

  test('with Nesterov: w ← w − lr·(g + 0.9·v)', () => {
    // 0.5 + 0.45 = 0.95; then −1 + 0.9 · −0.55 = −1.495.
    close(path(sgd({ lr, nesterov: true }), [0.5, -1]), [0.905, 1.0545])
  })

  test('with weight decay on everything, or on kernels alone', () => {
    // 0.5 + 0.2 · 1.
    close(path(sgd({ lr, momentum: 0, weightDecay: 0.2 }), [0.5]), [0.93])
    close(path(sgd({ lr, momentum: 0, weightDecay: 0.2 }), [0.5], 'bias'), [0.93])
    close(path(sgd({ lr, momentum: 0, weightDecay: { kernels: 0.2 } }), [0.5]), [0.93])
    close(path(sgd({ lr, momentum: 0, weightDecay: { kernels: 0.2 } }), [0.5], 'bias'), [0.95])
    close(path(sgd({ lr, momentum: 0, weightDecay: { kernels: 0.2 } }), [0.5], 'gamma'), [0.95])
  })

  test('pulls the factors of an ensemble’s members towards one', () =>
    close(path(sgd({ lr, momentum: 0, weightDecay: 0.2 }), [0.5], 'r'), [0.95]))
})

describe('Adam', () => {
  test('corrects its moments for their start at zero', () => {
    // m̂ = −0.055/0.19, v̂ = 0.00124975/0.001999 in the second step.
    close(path(adam({ lr }), [0.5, -1]), [0.9, 0.9 + (0.1 * 0.055) / 0.19 / Math.sqrt(0.00124975 / 0.001999)])
  })

  test('divides by the root of the corrected second moment, and adds ε to that', () => {
    // First step: m̂ = g, v̂ = g², so w − lr·g/(|g| + ε).
    close(path(adam({ lr, epsilon: 0.25 }), [0.5]), [1 - (0.1 * 0.5) / 0.75])
    // Second: m̂ = (0.1·0.9·0.5 − 0.1)/0.19, v̂ = (0.001·0.999·0.25 + 0.001)/0.001999.
    const second = (0.1 * (-0.055 / 0.19)) / (Math.sqrt(0.00124975 / 0.001999) + 0.25)
    close(path(adam({ lr, epsilon: 0.25 }), [0.5, -1]), [1 - 0.05 / 0.75, 1 - 0.05 / 0.75 - second])
  })

  test('decouples weight decay: it never meets the moments', () => {
    close(path(adamw({ lr, weightDecay: 0.2 }), [0.5]), [0.98 - 0.1])
    close(path(adamw({ lr, weightDecay: { kernels: 0.2 } }), [0.5], 'bias'), [0.9])
    close(path(adamw({ lr, weightDecay: 0 }), [0.5, -1]), path(adam({ lr }), [0.5, -1]))
  })
})
