import * as tf from '@tensorflow/tfjs'
import { expect, test } from 'vitest'
import { layer, model } from '../../../stdlib/index.ts'
import { copyOf, layersOf } from '../../../stdlib/models/structure/rebuild.ts'
import { parametersOf } from '../../../stdlib/models/structure/topology.ts'

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

const scaled = layer((x, tf, _, { kernel, shift }) => tf.add(tf.matMul(x, kernel), shift), {
  shape: () => [2],
  weights: {
    kernel: { shape: ['features', 2], role: 'kernel' },
    shift: { shape: [2], role: 'bias', initializer: { kind: 'constant', value: 3 } },
  },
})

test('a layer has weights of its own: named, with roles and first values, and trained', () => {
  const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [3] }), scaled(tf, 'mine')] })
  const parameters = parametersOf(model)
  expect(
    parameters.map(({ parameter: { name, role, shape, prunable, trainable, initializer } }) => ({
      name,
      role,
      shape,
      prunable,
      trainable,
      initializer,
    })),
  ).toEqual([
    {
      name: 'mine/kernel',
      role: 'kernel',
      shape: [3, 2],
      prunable: true,
      trainable: true,
      initializer: { kind: 'normal', std: Math.sqrt(2 / 5) },
    },
    { name: 'mine/shift', role: 'bias', shape: [2], prunable: false, trainable: true, initializer: { kind: 'constant', value: 3 } },
  ])
  const [kernel, shift] = parameters.map(({ variable }) => variable) as [tf.Variable, tf.Variable]
  kernel.assign(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]))
  shift.assign(tf.tensor1d([10, 20]))
  expect([...(model.apply(tf.tensor2d([[1, 0, 2]])) as tf.Tensor).dataSync()]).toEqual([21, 34])
  const { grads } = tf.variableGrads(() => (model.apply(tf.tensor2d([[1, 0, 2]])) as tf.Tensor).sum() as tf.Scalar, [kernel, shift])
  expect([...grads[kernel.name]!.dataSync()]).toEqual([1, 1, 0, 0, 2, 2])
  expect([...grads[shift.name]!.dataSync()]).toEqual([1, 1])
})

test('what it says of a weight stands before what its name says, and a layer built again has it too', () => {
  const odd = layer((x, tf, _, { gamma }) => tf.mul(x, gamma), {
    weights: { gamma: { shape: ['features'], role: 'embedding', prunable: true } },
  })
  const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [3] }), odd(tf, 'odd')] })
  const expected = { role: 'embedding', prunable: true, initializer: { kind: 'uniform', limit: 0.05 } }
  expect(parametersOf(model)[0]!.parameter).toMatchObject(expected)
  const again = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [3] }), copyOf(layersOf(model).at(-1)!)] })
  expect(parametersOf(again)[0]!.parameter).toMatchObject({ name: 'odd/gamma', ...expected })
})

test('weights that are not described as they should be are refused at the call', () => {
  const refused = (weights: object) => () => layer((x) => x, { weights: weights as never })
  expect(refused({ k: { shape: [1], role: 'weight' } })).toThrow(/layer\(\) does not know this value of weights\.k\.role/)
  expect(refused({ k: { shape: [0], role: 'kernel' } })).toThrow(/A weight of a layer needs its shape\..*weights\.k\.shape/s)
  expect(refused({ k: { role: 'kernel' } })).toThrow(/A weight of a layer needs its shape/)
  expect(refused({ 'a/b': { shape: [1], role: 'kernel' } })).toThrow(/A weight of a layer needs another name/)
  expect(refused({ k: { shape: [1], role: 'kernel', initializer: 'random' } })).toThrow(/weights\.k\.initializer/)
})
