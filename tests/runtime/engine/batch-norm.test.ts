import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { Backend } from '../../../runtime/engine/tensorflow/backend.ts'
import { batchNormInference, batchNormTraining } from '../../../runtime/engine/tensorflow/batch-norm.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { openNative } from './native.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openNative({ threads: 2 })
})

const epsilon = 1e-3

/** In double precision, from the definitions. */
function expected(x: Float32Array, dy: Float32Array, gamma: Float32Array, beta: Float32Array) {
  const channels = gamma.length
  const n = x.length / channels
  const sums = (of: (i: number, c: number) => number) => {
    const totals = new Float64Array(channels)
    x.forEach((_, i) => {
      totals[i % channels]! += of(i, i % channels)
    })
    return totals
  }
  const mean = sums((i) => x[i]! / n)
  const biased = sums((i, c) => (x[i]! - mean[c]!) ** 2 / n)
  const normal = Float64Array.from(x, (value, i) => (value - mean[i % channels]!) / Math.sqrt(biased[i % channels]! + epsilon))
  const dBeta = sums((i) => dy[i]!)
  const dGamma = sums((i) => dy[i]! * normal[i]!)
  const dx = Float64Array.from(x, (_, i) => {
    const c = i % channels
    return (gamma[c]! / Math.sqrt(biased[c]! + epsilon)) * (dy[i]! - dBeta[c]! / n - (normal[i]! * dGamma[c]!) / n)
  })
  const y = normal.map((value, i) => gamma[i % channels]! * value + beta[i % channels]!)
  return { y, mean, variance: biased.map((value) => (value * n) / (n - 1)), dx, dGamma, dBeta }
}

/** Largest difference, in parts of the largest value. */
function apart(a: ArrayLike<number>, b: Float64Array): number {
  expect(a.length).toBe(b.length)
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  return b.reduce((most, value, i) => Math.max(most, Math.abs(value - a[i]!)), 0) / largest
}

function computed(shape: readonly number[], vectors: 8 | 16 | undefined, seed = 1) {
  const { tf } = engine
  const channels = shape.at(-1)!
  // Means far from 0 beside their deviations: sums of squares alone would lose digits.
  const x = tf.add(tf.mul(tf.randomNormal([...shape], 0, 1, 'float32', seed), 0.5), tf.linspace(-2, 2, channels)) as Tensor
  const dy = tf.randomNormal([...shape], 0.3, 1, 'float32', seed + 1)
  const [gamma, beta] = [tf.randomNormal([channels], 1, 0.3, 'float32', seed + 2), tf.randomNormal([channels], 0, 1, 'float32', seed + 3)]
  let statistics: Tensor[] = []
  const norm = (x: Tensor, gamma: Tensor, beta: Tensor) => {
    const { y, mean, variance } = batchNormTraining(tf.backend() as unknown as Backend, x, gamma, beta, epsilon, vectors)
    statistics = [tf.keep(y), tf.keep(mean), tf.keep(variance)]
    return y
  }
  const gradients = tf.grads(norm as never)([x, gamma, beta], dy)
  const [given, given2, given3, given4] = [x, dy, gamma, beta].map((tensor) => tensor.dataSync() as Float32Array)
  return {
    is: Object.fromEntries(
      ['y', 'mean', 'variance', 'dx', 'dGamma', 'dBeta'].map((name, i) => [name, [...statistics, ...gradients][i]!.dataSync()]),
    ),
    shapes: [...statistics, ...gradients].map((tensor) => tensor.shape),
    should: expected(given!, given2!, given3!, given4!),
  }
}

describe('batch norm in training comes to what it is defined as, however its numbers are viewed', () => {
  it.each([
    ['as it is', [32, 8, 8, 16], 16],
    ['as it is', [32, 8, 8, 12], 8],
    ['as it is, as on a GPU', [32, 8, 8, 11], undefined],
    ['rows', [32, 8, 8, 24], 16],
    ['rows', [32, 8, 8, 16], 8],
    ['rows', [32, 8, 8, 64], 8],
    ['folded', [32, 8, 8, 11], 16],
    ['folded', [32, 8, 8, 11], 8],
    ['folded', [32, 8, 8, 22], 16],
    ['folded', [32, 8, 8, 20], 16],
    ['folded', [128, 4, 4, 45], 8],
    ['folded vectors', [512, 1, 1, 100], 16],
    ['too small to fold', [8, 4, 4, 11], 16],
    ['rows that do not fold', [33, 23, 3, 11], 16],
  ] as const)('%s: %j', (_, shape, vectors) => {
    const { is, should, shapes } = computed(shape, vectors)
    for (const name of Object.keys(should) as (keyof typeof should)[]) expect(apart(is[name]!, should[name]), name).toBeLessThan(2e-5)
    const channels = [shape.at(-1)]
    expect(shapes).toEqual([shape, channels, channels, shape, channels, channels])
  })
})

describe('which view it takes', () => {
  /** Shapes that the fused operation saw. */
  function seen(shape: readonly number[], vectors: 8 | 16 | undefined): string[] {
    const { binding } = engine.tf.backend() as unknown as Backend
    const shapes: string[] = []
    const { executeOp } = binding
    const spy = vi.spyOn(binding, 'executeOp').mockImplementation((op, attrs, inputs, outputs) => {
      if (op === 'FusedBatchNormV3') shapes.push(binding.entry(inputs[0]!).shape.join())
      if (op === 'FusedBatchNormGradV3') shapes.push(binding.entry(inputs[1]!).shape.join())
      return executeOp.call(binding, op, attrs, inputs, outputs)
    })
    try {
      computed(shape, vectors)
      return shapes
    } finally {
      spy.mockRestore()
    }
  }

  it.each([
    ['channels that fill vectors stay images', [32, 8, 8, 32], 16, '32,8,8,32'],
    ['so do 4, 8 and 12', [32, 8, 8, 12], 16, '32,8,8,12'],
    ['half vectors are rows', [32, 8, 8, 24], 16, '2048,1,1,24'],
    ['with AVX2, whole ones too', [32, 8, 8, 32], 8, '2048,1,1,32'],
    ['others are repeated until they fill vectors', [32, 8, 8, 22], 16, '256,1,1,176'],
    ['of half the size with AVX2', [32, 8, 8, 22], 8, '512,1,1,88'],
    ['on a GPU nothing changes', [32, 8, 8, 22], undefined, '32,8,8,22'],
    ['nor below the size that pays', [8, 4, 4, 22], 16, '8,4,4,22'],
    ['nor where rows do not come out even', [33, 23, 3, 11], 16, '33,23,3,11'],
  ] as const)('%s', (_, shape, vectors, view) => expect(new Set(seen(shape, vectors))).toEqual(new Set([view])))
})

it.each([
  [[32, 8, 8, 11], 16],
  [[32, 8, 8, 22], 8],
  [[32, 8, 8, 24], 16],
  [[32, 8, 8, 16], 8],
  [[33, 23, 3, 11], 16],
] as const)('with statistics that are known it comes to the same as operation by operation: %j', async (shape, vectors) => {
  const { tf } = engine
  const x = tf.randomNormal([...shape], 1, 2, 'float32', 3)
  const [gamma, beta, mean] = [4, 5, 6].map((seed) => tf.randomNormal([shape[3]], 0, 1, 'float32', seed))
  const variance = tf.randomUniform([shape[3]], 0.5, 3, 'float32', 7)
  const y = batchNormInference(tf.backend() as unknown as Backend, x, [gamma!, beta!, mean!, variance], epsilon, vectors)
  expect(y === undefined).toBe(shape[0] === 33)
  const direct = tf.add(tf.div(tf.mul(tf.sub(x, mean!), gamma!), tf.sqrt(tf.add(variance, epsilon))), beta!)
  const own = tf.batchNorm(x as never, mean as never, variance as never, beta as never, gamma as never, epsilon)
  const should = Float64Array.from(direct.dataSync())
  for (const result of y === undefined ? [own] : [y, own]) {
    expect(result.shape).toEqual(shape)
    expect(apart(result.dataSync(), should)).toBeLessThan(1e-6)
  }
})

it('a step with folded batch norm gives the same bits each time, and nothing is left behind', async () => {
  const { tf } = engine
  const layer = tf.layers.batchNormalization({})
  layer.build([64, 8, 8, 11])
  const spec = { shape: [64, 8, 8, 11], dtype: 'float32' } as const
  const step = engine.compile('folded', [{ name: 'x', ...spec }], (x) => [
    tf.grad((x: Tensor) => tf.sum(tf.square(layer.apply(x, { training: true }) as Tensor)))(x!),
  ])
  const x = tf.randomNormal([...spec.shape], 1, 2, 'float32', 4)
  const once = async () => {
    const [output] = await step.run([x])
    const values = (await engine.read(output!)) as Float32Array
    output!.dispose()
    return values
  }
  const first = await once()
  const before = engine.memory().tensors
  for (let i = 0; i < 3; i++) expect(await once()).toEqual(first)
  expect(engine.memory().tensors).toBe(before)
})
