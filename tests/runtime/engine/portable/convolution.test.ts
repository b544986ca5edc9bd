import type { Tensor4D } from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { openPortable } from '../../../../runtime/engine/portable/engine.ts'
import type { Engine, Tensor } from '../../../../stdlib/engine.ts'
import { type Case, expectGradients, expectLikeCpu, size } from './gradient-check.ts'
import * as reference from './reference.ts'
import { type ConvShape, numbers, type Values } from './reference.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openPortable()
})

type Geometry = [name: string, shape: ConvShape]
const geometries: Geometry[] = [
  ['3 × 3, same', { x: [2, 5, 6, 3], kernel: [3, 3], strides: [1, 1], pad: 'same' }],
  ['3 × 3, valid', { x: [2, 5, 6, 3], kernel: [3, 3], strides: [1, 1], pad: 'valid' }],
  ['2 × 4 even kernel, same', { x: [2, 5, 6, 2], kernel: [2, 4], strides: [1, 1], pad: 'same' }],
  ['stride 2, same', { x: [2, 6, 7, 3], kernel: [3, 3], strides: [2, 2], pad: 'same' }],
  ['stride 2, valid, rows left over', { x: [1, 8, 6, 2], kernel: [3, 3], strides: [2, 2], pad: 'valid' }],
  ['stride 3 × 2', { x: [2, 8, 7, 2], kernel: [3, 2], strides: [3, 2], pad: 'same' }],
  ['stride larger than the kernel', { x: [2, 7, 8, 2], kernel: [2, 2], strides: [3, 3], pad: 'valid' }],
  ['1 × 1', { x: [3, 4, 5, 4], kernel: [1, 1], strides: [1, 1], pad: 'same' }],
  ['1 × 1, stride 2', { x: [2, 5, 6, 4], kernel: [1, 1], strides: [2, 2], pad: 'same' }],
  ['5 × 5, pad 2', { x: [2, 6, 5, 2], kernel: [5, 5], strides: [1, 1], pad: 2 }],
  ['pad wider than the kernel', { x: [1, 4, 4, 2], kernel: [2, 2], strides: [1, 1], pad: 3 }],
  ['one example, one channel', { x: [1, 6, 6, 1], kernel: [3, 3], strides: [1, 1], pad: 'same' }],
]

/** tfjs wants a rounding mode with a numeric pad, and refuses one otherwise. */
const rounding = ({ pad }: ConvShape) => (typeof pad === 'number' ? 'floor' : undefined)

describe('convolution', () => {
  const outputs = 4
  const conv = (shape: ConvShape): Case => ({
    shapes: [shape.x, [...shape.kernel, shape.x[3], outputs]],
    op: (x, filter) => engine.tf.conv2d(x as Tensor4D, filter as Tensor4D, [...shape.strides], shape.pad, 'NHWC', 1, rounding(shape)),
    plain: (x, filter) => reference.conv2d(shape, outputs, x, filter),
  })
  it.each(geometries)('has the right gradients: %s', (_, shape) => expectGradients(engine, conv(shape)))
  it.each(geometries.slice(0, 7))('agrees with the cpu backend: %s', (_, shape) => expectLikeCpu(engine, conv(shape)))
})

describe('depthwise convolution', () => {
  const depthwise = (shape: ConvShape, m: number): Case => ({
    shapes: [shape.x, [...shape.kernel, shape.x[3], m]],
    op: (x, filter) =>
      engine.tf.depthwiseConv2d(x as Tensor4D, filter as Tensor4D, [...shape.strides], shape.pad, 'NHWC', 1, rounding(shape)),
    plain: (x, filter) => reference.depthwise(shape, m, x, filter),
  })
  it.each(geometries)('has the right gradients: %s', (_, shape) => expectGradients(engine, depthwise(shape, 1)))
  it('has the right gradients with several outputs a channel', () => {
    for (const [, shape] of geometries.slice(0, 6)) expectGradients(engine, depthwise(shape, 3))
  })
  it('refuses a dilated one by name', () => {
    const { tf } = engine
    const dilated = (x: Tensor) => tf.depthwiseConv2d(x as Tensor4D, tf.ones([3, 3, 2, 1]) as Tensor4D, 1, 'same', 'NHWC', 2)
    expect(() => tf.tidy(() => tf.grad(dilated)(tf.ones([1, 6, 6, 2])))).toThrow(/dilat/)
  })
})

describe('pooling', () => {
  const pool = (shape: ConvShape, kind: 'maxPool' | 'avgPool', inputs?: Values[]): Case => ({
    shapes: [shape.x],
    op: (x) => engine.tf[kind](x as Tensor4D, [...shape.kernel], [...shape.strides], shape.pad, rounding(shape)),
    plain: (x) => (kind === 'maxPool' ? reference.maxPool : reference.avgPool)(shape, x),
    ...(inputs ? { inputs } : {}),
  })
  const pools = geometries.filter(([, { pad }]) => pad !== 3)
  it.each(pools)('max has the right gradient: %s', (_, shape) => expectGradients(engine, pool(shape, 'maxPool')))
  it.each(pools)('max keeps the gradient of windows below zero: %s', (_, shape) => {
    expectGradients(engine, pool(shape, 'maxPool', [numbers(size(shape.x), 5).map((value) => Math.fround(value - 2))]))
  })
  it.each(pools.filter(([, { pad }]) => typeof pad === 'string'))('average has the right gradient: %s', (_, shape) => {
    expectGradients(engine, pool(shape, 'avgPool'))
    // The cpu backend divides by the whole window at the border, too.
    if (shape.pad === 'valid') expectLikeCpu(engine, pool(shape, 'avgPool'))
  })
  it('gives the gradient of equal values to the first of them', () => {
    const { tf } = engine
    const dx = tf.tidy(() =>
      tf
        .grad((x: Tensor) => tf.maxPool(x as Tensor4D, 2, 2, 'valid'))(tf.zeros([1, 4, 4, 1]))
        .dataSync(),
    )
    expect([...dx]).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0])
  })
})
