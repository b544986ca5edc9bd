import * as tf from '@tensorflow/tfjs'
import { describe, expect, test } from 'vitest'
import type { Arch } from '../../../../dsl/parts/arch.ts'
import type { LayersModel, Tf } from '../../../../stdlib/engine.ts'
import { batchEnsemble, layer, model } from '../../../../stdlib/index.ts'
import { buildModel } from '../../../../stdlib/network-registry.ts'
import { FunctionProblem } from '../../../../stdlib/user-functions.ts'

const facts = {
  classes: 2,
  layers: { fc1: 3, out: 2 },
  channels: 'has no channels',
  norm: 'no batch-norm',
  features: 'feature vector',
  members: 1,
} as const
const net = ({ layers, sequential }: Tf): LayersModel =>
  sequential({
    layers: [
      layers.flatten({ inputShape: [2, 2, 1] }),
      layers.dense({ name: 'fc1', units: 3, activation: 'relu' }),
      layers.dense({ name: 'out', units: 2 }),
    ],
  })
const built = (build: (tf: Tf) => LayersModel, arch: Arch = facts) => buildModel(tf, model(build, arch).spec, () => build as never)

test('a custom model is built by its function, alone and inside a description of the library', () => {
  expect(built(net).layers.map(({ name }) => name)).toEqual(expect.arrayContaining(['fc1', 'out']))
  const ensemble = buildModel(tf, batchEnsemble(model(net, facts), 2).spec, () => net as never)
  expect(ensemble.getLayer('fc1').weights.map(({ originalName }) => originalName)).toEqual(expect.arrayContaining(['fc1/r', 'fc1/s']))
})

const dense = (units: number, name = 'out') => tf.layers.dense({ name, units })
const flat = () => tf.layers.flatten({ inputShape: [2, 2, 1] })
const sequential = (...layers: tf.layers.Layer[]) => tf.sequential({ layers })

describe('what it builds is held to its facts', () => {
  test.each<[what: string, build: () => LayersModel, says: RegExp, arch?: Partial<Arch>]>([
    ['nothing', () => undefined as never, /it is no tf\.LayersModel/],
    ['another number of classes', () => sequential(flat(), dense(3, 'fc1'), dense(5)), /it gives \[, 5\], and its facts say 2 classes/],
    [
      'images of any size',
      () => sequential(tf.layers.globalAveragePooling2d({ inputShape: [null, null, 3] }), dense(2)),
      /it reads \[, , , 3\]/,
    ],
    [
      'a layer without a name',
      () => sequential(flat(), tf.layers.dense({ units: 3 }), dense(2)),
      /layer dense_Dense\d+ has weights and no name/,
    ],
    ['a layer less', () => sequential(flat(), dense(2)), /it has no layer fc1/],
    ['another width', () => sequential(flat(), dense(4, 'fc1'), dense(2)), /layer fc1 gives 4 numbers or channels, and its facts say 3/],
    [
      'no channels',
      () => sequential(flat(), dense(3, 'fc1'), tf.layers.layerNormalization({ name: 'norm' }), dense(2)),
      /it has no convolution, no heads and no units/,
      { channels: 'has channels' },
    ],
    ['no batch norm', () => net(tf), /it has no batch norm/, { norm: 'batch-norm' }],
    ['no feature map', () => net(tf), /its last layer reads a vector/, { features: 'feature map' }],
    ['no members', () => net(tf), /its facts say 2 members/, { members: 2 }],
  ])('%s', (_, build, says, arch = {}) => {
    expect(() => built(build, { ...facts, ...arch })).toThrow(FunctionProblem)
    expect(() => built(build, { ...facts, ...arch })).toThrow(says)
  })
})

test('a custom layer that gives another shape than it says is told by name', () => {
  const cut = layer((x, tf) => tf.slice(x, [0, 0], [-1, 1]))
  const model = sequential(flat(), cut(tf, 'cut'), dense(2))
  expect(() => model.apply(tf.zeros([5, 2, 2, 1]))).toThrow(
    /Your layer gives another shape than it says.*function: cut.*\[5, 4\].*\[5, 1\]/s,
  )
  const broken = layer(() => {
    throw new Error('not today')
  })
  expect(() => sequential(flat(), broken(tf, 'broken')).apply(tf.zeros([1, 2, 2, 1]))).toThrow(/Your layer threw.*not today/s)
})
