import { beforeAll, describe, expect, it } from 'vitest'
import { openPortable } from '../../../../runtime/engine/portable/engine.ts'
import type { Engine, Tensor } from '../../../../stdlib/engine.ts'
import { type Case, expectGradients, expectLikeCpu, tensor } from './gradient-check.ts'
import * as reference from './reference.ts'
import { error, numbers, type Values } from './reference.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openPortable()
})

describe('matrix products', () => {
  const [rows, inner, columns] = [5, 7, 6]
  const turn = (x: Values, r: number, c: number): Values => x.map((_, at) => x[(at % r) * c + Math.floor(at / r)]!)
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('have the right gradients: transposeA %s, transposeB %s', (transposeA, transposeB) => {
    for (const [rows, inner, columns] of [
      [5, 7, 6],
      [2, 8, 20],
      [20, 8, 2],
    ] as const) {
      const product: Case = {
        shapes: [transposeA ? [inner, rows] : [rows, inner], transposeB ? [columns, inner] : [inner, columns]],
        op: (a, b) => engine.tf.matMul(a, b, transposeA, transposeB),
        plain: (a, b) =>
          reference.matmul(rows, inner, columns, transposeA ? turn(a, inner, rows) : a, transposeB ? turn(b, columns, inner) : b),
      }
      expectGradients(engine, product)
      expectLikeCpu(engine, product)
    }
  })

  it('of a batch have the right gradients', () => {
    const batch: Case = {
      shapes: [
        [2, rows, inner],
        [2, columns, inner],
      ],
      op: (a, b) => engine.tf.matMul(a, b, false, true),
      plain: (a, b) =>
        Float64Array.from(
          [0, 1].flatMap((i) => [
            ...reference.matmul(
              rows,
              inner,
              columns,
              a.slice(i * rows * inner, (i + 1) * rows * inner),
              turn(b.slice(i * columns * inner, (i + 1) * columns * inner), columns, inner),
            ),
          ]),
        ),
    }
    expectGradients(engine, batch)
  })

  it('of a dense layer with bias and a smooth activation have the right gradients', () => {
    expectGradients(engine, {
      shapes: [[rows, inner], [inner, columns], [columns]],
      op: (x, kernel, bias) => engine.tf.tanh(engine.tf.add(engine.tf.matMul(x, kernel), bias)),
      plain: (x, kernel, bias) =>
        reference.matmul(rows, inner, columns, x, kernel).map((value, at) => Math.tanh(value + bias[at % columns]!)),
    })
  })

  it('see a weight that was assigned again', () => {
    const { tf } = engine
    const weight = tf.variable(tf.eye(3))
    const x = tf.ones([2, 3])
    const once = [...tf.matMul(x, weight).dataSync()]
    engine.assign(
      weight,
      Float32Array.from({ length: 9 }, () => 2),
    )
    expect(once).toEqual([1, 1, 1, 1, 1, 1])
    expect([...tf.matMul(x, weight).dataSync()]).toEqual([6, 6, 6, 6, 6, 6])
    weight.dispose()
  })
})

describe('sums', () => {
  it('over segments have the right value and gradient, and leave out ids outside the range', () => {
    const ids = [2, 0, 2, -1, 1]
    expectGradients(engine, {
      shapes: [[5, 2, 3]],
      op: (x) => engine.tf.unsortedSegmentSum(x, engine.tf.tensor1d([2, 0, 2, 3, 1], 'int32'), 4),
      plain: (x) => {
        const out = new Float64Array(24)
        for (const [row, id] of [2, 0, 2, 3, 1].entries()) for (let c = 0; c < 6; c++) out[id * 6 + c]! += x[row * 6 + c]!
        return out
      },
    })
    const { tf } = engine
    const sums = tf.tidy(() => tf.unsortedSegmentSum(tf.ones([5, 1]), tf.tensor1d(ids, 'int32'), 3).dataSync())
    expect([...sums]).toEqual([1, 1, 2])
  })

  it('of gathered rows go back to the rows', () => {
    expectGradients(engine, {
      shapes: [[4, 3]],
      op: (x) => engine.tf.gather(x, engine.tf.tensor1d([3, 0, 3], 'int32')),
      plain: (x) => Float64Array.from([3, 0, 3].flatMap((row) => [...x.slice(row * 3, row * 3 + 3)])),
    })
  })

  it('over leading, trailing and all axes are right', () => {
    const { tf } = engine
    const x = numbers(2 * 3 * 4, 3)
    tf.tidy(() => {
      const t = tensor(engine, x, [2, 3, 4])
      const by = (group: (at: number) => number, groups: number) => {
        const sums = new Float64Array(groups)
        x.forEach((value, at) => {
          sums[group(at)]! += value
        })
        return sums
      }
      expect(
        error(
          by((at) => at % 4, 4),
          tf.sum(t, [0, 1]).dataSync(),
        ),
      ).toBeLessThan(1e-6)
      expect(
        error(
          by((at) => Math.floor(at / 12), 2),
          tf.sum(t, [1, 2]).dataSync(),
        ),
      ).toBeLessThan(1e-6)
      expect(
        error(
          by((at) => at % 12, 12),
          tf.sum(t, 0).dataSync(),
        ),
      ).toBeLessThan(1e-6)
      expect(
        error(
          by(() => 0, 1),
          tf.sum(t).dataSync(),
        ),
      ).toBeLessThan(1e-6)
      expect(tf.sum(t, [0, 1], true).shape).toEqual([1, 1, 4])
    })
  })
})

describe('batch norm', () => {
  const channels = 3
  const epsilon = 1e-3
  const layerCase = (shape: number[]): Case => ({
    shapes: [shape, [channels], [channels]],
    op: (x, gamma, beta) => trained(shape, x, gamma, beta),
    plain: (x, gamma, beta) => reference.batchNorm(channels, epsilon, x, gamma, beta),
  })
  /** The layer itself, with gamma and beta in the place of its weights. */
  function trained(shape: number[], x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
    const layer = engine.tf.layers.batchNormalization({ epsilon, momentum: 0.9 })
    layer.build(shape)
    const own = layer as unknown as { gamma: { read(): Tensor }; beta: { read(): Tensor } }
    own.gamma.read = () => gamma
    own.beta.read = () => beta
    return layer.apply(x, { training: true }) as Tensor
  }

  it.each([[[4, 3, 5, channels]], [[16, channels]], [[6, 4, channels]]])('has the right gradients: [%s]', (shape) => {
    expectGradients(engine, layerCase(shape), 5e-6)
  })

  it('normalises with the variance of the batch and moves the running one with n / (n − 1)', () => {
    const { tf } = engine
    const layer = tf.layers.batchNormalization({ epsilon, momentum: 0.9 })
    const values = numbers(2 * 3 * 2 * channels, 8)
    layer.build([2, 3, 2, channels])
    tf.tidy(() => layer.apply(tensor(engine, values, [2, 3, 2, channels]), { training: true }) as Tensor)
    const n = values.length / channels
    const { mean, variance } = reference.moments(channels, values)
    const [, , runningMean, runningVariance] = layer.getWeights().map((weight) => weight.dataSync())
    expect(
      error(
        mean.map((value) => 0.1 * value),
        runningMean!,
      ),
    ).toBeLessThan(1e-6)
    expect(
      error(
        variance.map((sum) => 0.9 + (0.1 * sum) / (n - 1)),
        runningVariance!,
      ),
    ).toBeLessThan(1e-6)
  })

  it('without scale or centre trains too', () => {
    const { tf } = engine
    const layer = tf.layers.batchNormalization({ epsilon, scale: false, center: false })
    layer.build([8, channels])
    const x = numbers(8 * channels, 4)
    const y = tf.tidy(() => (layer.apply(tensor(engine, x, [8, channels]), { training: true }) as Tensor).dataSync())
    expect(
      error(reference.batchNorm(channels, epsilon, x, new Float64Array(channels).fill(1), new Float64Array(channels)), y),
    ).toBeLessThan(2e-6)
  })
})

describe('softmax cross-entropy', () => {
  const [batch, classes] = [5, 4]
  const labels = Float64Array.from({ length: batch * classes }, (_, at) =>
    Math.fround([0.5, 0.25, 0.125, 0.125][(at + Math.floor(at / classes)) % classes]!),
  )
  it('has the right value and gradient', () => {
    expectGradients(engine, {
      shapes: [[batch, classes]],
      op: (logits) => engine.softmaxCrossEntropy(tensor(engine, labels, [batch, classes]), logits),
      plain: (logits) => reference.softmaxCrossEntropy(classes, labels, logits),
    })
  })
  it('stays finite for large logits and passes NaN on', () => {
    const { tf } = engine
    const loss = (logits: number[]) =>
      tf.tidy(() => engine.softmaxCrossEntropy(tf.tensor2d([[0, 1]]), tf.tensor2d([logits])).dataSync()[0]!)
    expect(loss([1000, 0])).toBe(1000)
    expect(loss([0, 1000])).toBe(0)
    expect(loss([Number.NaN, 0])).toBeNaN()
  })
  it('refuses logits of another shape', () => {
    expect(() => engine.tf.tidy(() => engine.softmaxCrossEntropy(engine.tf.zeros([2, 3]), engine.tf.zeros([2, 4])))).toThrow(
      /labels and logits/,
    )
  })
})
