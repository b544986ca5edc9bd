import * as tf from '@tensorflow/tfjs'
import { expect, test } from 'vitest'
import { layer, model } from '../../../stdlib/index.ts'

const swish = layer((x, tf) => tf.mul(x, tf.sigmoid(x)))
const halved = layer((x, tf) => tf.slice(x, [0, 0], [-1, 2]), { shape: () => [2] })
const noisy = layer((x, tf, training) => (training ? tf.mul(x, 2) : x))

const built = tf.sequential({
  layers: [
    tf.layers.dense({ name: 'fc1', units: 4, inputShape: [3], kernelInitializer: 'ones' }),
    swish(tf, 'swish'),
    halved(tf),
    noisy(tf),
    tf.layers.dense({ name: 'out', units: 1, kernelInitializer: 'ones', useBias: false }),
  ],
})

test('a custom layer computes, knows its shape and its name, and tells training from evaluation', () => {
  const x = tf.ones([2, 3])
  const swished = 3 / (1 + Math.exp(-3))
  const [evaluated, trained] = [built.apply(x) as tf.Tensor, built.apply(x, { training: true }) as tf.Tensor]
  for (const value of evaluated.dataSync()) expect(value).toBeCloseTo(2 * swished, 5)
  for (const value of trained.dataSync()) expect(value).toBeCloseTo(4 * swished, 5)
  expect(built.getLayer('swish').outputShape).toEqual([null, 4])
  expect(built.outputs[0]?.shape).toEqual([null, 1])
})

test('it is differentiated', () => {
  const gradient = tf.grad((x) => swish(tf).apply(x) as tf.Tensor)(tf.tensor1d([0, 2]))
  const s = 1 / (1 + Math.exp(-2))
  expect([...gradient.dataSync()][0]).toBeCloseTo(0.5, 5)
  expect([...gradient.dataSync()][1]).toBeCloseTo(s + 2 * s * (1 - s), 5)
})

test('a custom model says which fact is missing', () => {
  const facts = {
    classes: 1,
    layers: { fc1: 4, out: 1 },
    channels: 'has no channels',
    norm: 'no batch-norm',
    features: 'feature vector',
  } as const
  expect(model(() => built, { ...facts, members: 1 }).arch.layers).toEqual({ fc1: 4, out: 1 })
  expect(() => model(() => built, facts as never)).toThrow('option: members')
  expect(() => model(() => built, { ...facts, members: 1, layers: {} } as never)).toThrow('option: layers')
  expect(() => model('lenet' as never, { ...facts, members: 1 })).toThrow('model() needs a function.')
})
