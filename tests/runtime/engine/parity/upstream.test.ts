/**
 * What tfjs 4.22 gets wrong as it comes, without our engines. Each of these is corrected or refused in runtime/engine, and one
 * that fails here has been fixed upstream: then ours can go.
 */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { Tensor4D, Tensor5D } from '@tensorflow/tfjs'
import tfjs from '@tensorflow/tfjs'
import wasm from '@tensorflow/tfjs-backend-wasm'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Tensor, Tf } from '../../../../stdlib/engine.ts'
import { distance } from './computed.ts'
import { Draw } from './draw.ts'

// The type of the namespace has a default export that the CommonJS module itself does not.
const tf = tfjs as Tf

beforeAll(async () => {
  wasm.setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`)
  expect(await tf.setBackend('wasm')).toBe(true)
})

/** Values that both back ends start from. */
const values = (shape: number[]): Tensor => tf.tensor(new Draw('upstream', 0).floats(shape).values as Float32Array, shape)

/** The same on the back end in JavaScript, which is slow and nearly always right. */
async function on(backend: 'cpu' | 'wasm', body: () => Tensor) {
  await tf.setBackend(backend)
  try {
    return tf.tidy(body).dataSync()
  } finally {
    await tf.setBackend('wasm')
  }
}

describe('the WebAssembly back end', () => {
  it.each([
    ['Conv2DBackpropFilter', 'tfjs#8474'],
    ['UnsortedSegmentSum', 'tfjs#8082'],
    ['DepthwiseConv2dNativeBackpropFilter', 'no issue'],
    ['DepthwiseConv2dNativeBackpropInput', 'no issue'],
    ['Einsum', 'no issue'],
    ['Complex', 'no issue'],
    ['FFT', 'no issue'],
  ])('has no %s (%s)', (kernel) => expect(tf.getKernel(kernel, 'wasm')).toBeUndefined())

  it('gives the gradient of a maximum below zero to another value (MaxPoolGrad, of tfjs#7672)', () => {
    const x = tf.tensor4d([-4, -3, -2, -1], [1, 2, 2, 1])
    const gradient = tf.grad((x: Tensor) => tf.maxPool(x as Tensor4D, 2, 2, 'valid'))(x)
    expect([...gradient.dataSync()]).not.toEqual([0, 0, 0, 1])
  })

  it('finds no maximum below zero in three dimensions (MaxPool3D, no issue)', () => {
    const x = tf.fill([1, 2, 2, 2, 1], -1) as Tensor5D
    expect(tf.maxPool3d(x, 2, 2, 'valid').dataSync()[0]).not.toBe(-1)
  })

  it.each([
    ['AvgPoolGrad', (x: Tensor) => tf.avgPool(x as Tensor4D, 2, 2, 'same'), [1, 3, 3, 1]],
    ['AvgPool3DGrad', (x: Tensor) => tf.avgPool3d(x as Tensor5D, 2, 2, 'same'), [1, 3, 3, 3, 1]],
  ] as const)('shares a gradient among values outside the image: %s (no issue)', (_, op, shape) => {
    // All of it should come back.
    const gradient = tf.sum(tf.grad(op)(tf.ones([...shape])))
    expect(gradient.dataSync()[0]).toBeLessThan(tf.sum(tf.onesLike(op(tf.ones([...shape])))).dataSync()[0]! - 0.5)
  })

  it('has another input gradient of conv3d than the back end in JavaScript (Conv3DBackpropInputV2, no issue)', async () => {
    const gradient = () =>
      tf.grad((x: Tensor) => tf.conv3d(x as Tensor5D, values([2, 2, 2, 2, 3]) as Tensor5D, 1, 'valid'))(values([1, 3, 4, 3, 2]))
    expect(distance(await on('cpu', gradient), await on('wasm', gradient))).toBeGreaterThan(0.1)
  })

  it('takes the last byte of a number for its truth (Cast, no issue)', () => {
    expect([...tf.cast(tf.tensor1d([256, -1, 1, 0]), 'bool').dataSync()]).toEqual([0, 255, 1, 0])
  })
})

describe('the back end in JavaScript', () => {
  it("looks for the gradient of a batch's second image in the first: resizeNearestNeighbor (no issue)", async () => {
    const weights = values([2, 4, 4, 2])
    const gradient = () =>
      tf.grad((x: Tensor) => tf.mul(tf.image.resizeNearestNeighbor(x as Tensor4D, [4, 4]), weights) as Tensor)(tf.zeros([2, 2, 2, 2]))
    // Each value was copied to a square of four.
    const exact = tf.sum(tf.reshape(weights, [4, 2, 2, 2, 2]), [1, 3]).dataSync()
    expect(distance(exact, await on('wasm', gradient))).toBeLessThan(1e-6)
    expect(distance(exact, await on('cpu', gradient))).toBeGreaterThan(0.1)
  })
})

describe('gradients of tfjs itself', () => {
  type Op = (a: Tensor, b: Tensor) => Tensor
  it.each<[string, Op]>([
    ['maximum', (a, b) => tf.maximum(a, b)],
    ['minimum', (a, b) => tf.minimum(a, b)],
    ['squaredDifference', (a, b) => tf.squaredDifference(a, b)],
  ])('have the shape of the result under broadcasting: %s (no issue)', (_, op) => {
    expect(() => tf.grads(op)([values([2, 3]), values([3])])).toThrow(/does not match the shape of the input/)
  })

  it('have the shape of the result for one matrix and a batch (tfjs#8721)', () => {
    expect(() => tf.grads((a: Tensor, b: Tensor) => tf.matMul(a, b))([values([2, 3, 4]), values([4, 5])])).toThrow(/does not match/)
  })

  it('are transposed for a running sum over the first axis (no issue)', () => {
    const weighted = (x: Tensor) => tf.mul(tf.cumsum(x, 0), tf.tensor2d([1, 2, 4, 8], [2, 2])) as Tensor
    const gradient = [
      ...tf
        .grad(weighted)(tf.zeros([2, 2]))
        .dataSync(),
    ]
    expect(gradient).not.toEqual([5, 10, 4, 8])
    expect(gradient).toEqual([5, 4, 10, 8])
  })

  it('take an axis from the end for one from the start: prod (no issue)', () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])
    const gradient = () => [
      ...tf
        .grad((x: Tensor) => tf.prod(x, -1))(x)
        .dataSync(),
    ]
    const exact = [6, 3, 2, 30, 24, 20]
    let got: number[] | undefined
    try {
      got = gradient()
    } catch {}
    expect(got).not.toEqual(exact)
  })

  it('are those of a plain division: floorDiv (no issue)', () => {
    expect([
      ...tf
        .grad((a: Tensor) => tf.floorDiv(a, 2))(tf.tensor1d([3]))
        .dataSync(),
    ]).toEqual([0.5])
  })

  it('forget mirrored values: mirrorPad (no issue)', () => {
    const padded = (x: Tensor) => tf.mirrorPad(x as never, [[1, 1]], 'symmetric') as Tensor
    expect([
      ...tf
        .grad(padded)(tf.tensor1d([1, 2]))
        .dataSync(),
    ]).toEqual([1, 1])
  })

  it.each<[string, (x: Tensor) => Tensor]>([
    ['einsum (tfjs#8277)', (x) => tf.einsum('ij->ji', x)],
    ['stridedSlice (no issue)', (x) => tf.stridedSlice(x, [0, 0], [2, 2], [1, 1])],
    ['topk (no issue)', (x) => tf.topk(x, 1).values],
    ['cumprod (no issue)', (x) => tf.cumprod(x, 0)],
    ['divNoNan (no issue)', (x) => tf.divNoNan(x, 2)],
    ['depthToSpace (no issue)', (x) => tf.depthToSpace(tf.reshape(x, [1, 1, 1, 4]) as Tensor4D, 2)],
  ])('do not exist: %s', async (_, op) => {
    // Einsum is on the back end in JavaScript only.
    await tf.setBackend('cpu')
    expect(() => tf.grad(op)(values([2, 2]))).toThrow(/gradient function not found|divNoNan|Cannot compute gradient/)
    await tf.setBackend('wasm')
  })

  it('do not exist for dilated convolutions (no issue)', () => {
    const dilated = (x: Tensor) => tf.conv2d(x as Tensor4D, values([2, 2, 1, 1]) as Tensor4D, 1, 'same', 'NHWC', 2)
    expect(() => tf.grad(dilated)(values([1, 5, 5, 1]))).toThrow(/dilation rates greater than 1/)
  })

  it('fail for batch norm of vectors without a scale (no issue)', () => {
    const norm = (x: Tensor) => tf.batchNorm(x, tf.zeros([2]), tf.ones([2])) as Tensor
    expect(() => tf.grad(norm)(values([3, 2]))).toThrow()
  })
})
