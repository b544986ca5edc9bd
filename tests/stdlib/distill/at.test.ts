import { beforeAll, describe, expect, test } from 'vitest'
import { averagedTo } from '../../../stdlib/distill/adaptive-pool.ts'
import { atDistiller, attentionDistance } from '../../../stdlib/distill/at.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { bnConv, lenet300, resnet } from '../../../stdlib/index.ts'
import { activatedAt } from '../../../stdlib/models/structure/rebuild.ts'
import { buildModel } from '../../../stdlib/network-registry.ts'
import { number, opened } from './numbers.ts'

let engine: Engine
beforeAll(async () => {
  engine = await opened()
})
const map = (values: number[][][][]): Tensor => engine.tf.tensor4d(values)

describe('the distance of two maps', () => {
  // Squares averaged over channels: (9 + 7) / 2 = 8 and (4 + 8) / 2 = 6, so Q = (0.8, 0.6). The teacher's Q = (0.6, 0.8).
  const own = [
    [
      [
        [3, Math.sqrt(7)],
        [2, -Math.sqrt(8)],
      ],
    ],
  ]

  test('is the mean over positions of the squared difference of their normalised squares, worked out by hand', () => {
    // 9 and 12 of one channel: (0.6, 0.8). (0.8 − 0.6)² + (0.6 − 0.8)² = 0.08 over two positions.
    const teacher = map([[[[3], [-Math.sqrt(12)]]]])
    expect(number(attentionDistance(engine.tf, map(own), teacher))).toBeCloseTo(0.04, 6)
  })

  test('asks for no number of channels, no sign and no scale', () => {
    const teacher = map([
      [
        [
          [-0.3, 0.3, 0.3],
          [Math.sqrt(0.12), Math.sqrt(0.12), -Math.sqrt(0.12)],
        ],
      ],
    ])
    expect(number(attentionDistance(engine.tf, map(own), teacher))).toBeCloseTo(0.04, 6)
  })

  test('averages over examples', () => {
    const twice = map([
      own[0]!,
      [
        [
          [1, 1],
          [1, 1],
        ],
      ],
    ])
    const teacher = map([[[[3], [-Math.sqrt(12)]]], [[[5], [5]]]])
    expect(number(attentionDistance(engine.tf, twice, teacher))).toBeCloseTo(0.02, 6)
  })

  test('the larger map is averaged, before it is squared, whichever side it is on', () => {
    const large = map([
      [
        [[1], [5]],
        [[1], [5]],
      ],
    ]) // averaged to 1 × 1: 3
    const small = map([[[[7]]]])
    // One position: Q is 1 on both sides.
    for (const [s, t] of [
      [large, small],
      [small, large],
    ] as const)
      expect(number(attentionDistance(engine.tf, s, t))).toBeCloseTo(0, 6)
    const four = map([
      [
        [[1], [-1], [2], [4]],
        [[1], [-1], [2], [4]],
        [[0], [0], [0], [0]],
        [[0], [0], [0], [0]],
      ],
    ])
    // Averaged: 0 and 3 above, 0 and 0 below. Squared before, the first would not be 0.
    const two = map([
      [
        [[1], [0]],
        [[0], [0]],
      ],
    ])
    expect(number(attentionDistance(engine.tf, four, two))).toBeCloseTo((1 + 1) / 4, 6)
  })

  test('a map of zeros has a finite distance and gradient', () => {
    const { tf } = engine
    const gradient = tf.grad((x: Tensor) => attentionDistance(tf, x, map([[[[1], [2]]]])).asScalar())(tf.zeros([1, 1, 2, 1]))
    expect([...gradient.dataSync()].map(Math.abs)).toEqual([0, 0])
  })
})

test("averages as PyTorch's adaptive_avg_pool2d: 5 to 3 are the windows 0–1, 1–3, 3–4", () => {
  const x = map([[[[1], [2], [3], [4], [5]]]])
  expect([...averagedTo(engine.tf, x, [1, 3]).dataSync()]).toEqual([1.5, 3, 4.5])
  const columns = map([[[[1, 10]], [[3, 30]], [[5, 50]], [[7, 70]]]])
  expect([...averagedTo(engine.tf, columns, [2, 1]).dataSync()]).toEqual([2, 20, 6, 60])
  const both = engine.tf.reshape(engine.tf.range(0, 16), [1, 4, 4, 1])
  expect([...averagedTo(engine.tf, both, [2, 2]).dataSync()]).toEqual([2.5, 4.5, 10.5, 12.5])
})

test('features are those after batch norm, shortcut and activation, up to where the network forks', () => {
  const plain = buildModel(engine.tf, bnConv([2, 3]).spec)
  expect(activatedAt(plain, 'conv1')).toBe('relu1')
  expect(activatedAt(plain, 'conv2')).toBe('relu2')
  expect(activatedAt(plain, 'out')).toBe('out')
  const residual = buildModel(engine.tf, resnet(8).spec)
  expect(activatedAt(residual, 'conv1')).toBe('relu1')
  expect(activatedAt(residual, 'stage1_block1_conv1')).toBe('stage1_block1_relu1')
  expect(activatedAt(residual, 'stage2_block1_conv2')).toBe('stage2_block1_relu2')
  expect(activatedAt(residual, 'stage2_block1_shortcut')).toBe('stage2_block1_relu2')
})

test('vectors have no attention', () => {
  const [dense, convolutions] = [buildModel(engine.tf, lenet300().spec), buildModel(engine.tf, bnConv([2]).spec)]
  const method = { kind: 'at', student: ['fc1'], teacher: ['conv1'], beta: 1 } as const
  expect(() => atDistiller.refuseUnlike!(method, engine.tf, dense, convolutions)).toThrow('fc1 gives a vector, which has no positions')
  atDistiller.refuseUnlike!({ ...method, student: ['conv1'] }, engine.tf, convolutions, convolutions)
})
