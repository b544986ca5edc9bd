/** Weights that PyTorch has trained, in our networks. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { python, torchVersion } from '../../../../bench/peers.ts'
import { openEngine } from '../../../../runtime/engine/open.ts'
import type { Wanted } from '../../../../runtime/interop/pytorch/match.ts'
import { readPytorch } from '../../../../runtime/interop/pytorch/read.ts'
import { type FileTensor, readWeightsFile } from '../../../../runtime/interop/weights-file.ts'
import type { Engine, LayersModel } from '../../../../stdlib/engine.ts'
import { type Arch, conv2, lenet300, type Model, mobilenetV2, resnet, vgg } from '../../../../stdlib/index.ts'
import { boundNetwork } from '../../../../stdlib/network-registry.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const whole: Wanted = { names: {}, fresh: [] }

describe('by hand', () => {
  /** 2 × 2 pictures of 2 channels; a convolution to 2, flattened, to 1 unit. */
  const small = (): LayersModel => {
    const { tf } = engine
    return tf.sequential({
      layers: [
        tf.layers.conv2d({ name: 'conv1', inputShape: [2, 2, 2], filters: 2, kernelSize: [1, 2], padding: 'same' }),
        tf.layers.flatten({ name: 'flat' }),
        tf.layers.dense({ name: 'out', units: 1, useBias: false }),
      ],
    })
  }
  const tensor = (shape: number[], values: number[]): FileTensor => ({ shape, values: Float32Array.from(values) })
  const file = (convolution = '0', dense = '2'): ReadonlyMap<string, FileTensor> =>
    new Map([
      // [out 2, in 2, height 1, width 2]
      [`${convolution}.weight`, tensor([2, 2, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8])],
      [`${convolution}.bias`, tensor([2], [9, 10])],
      // [1, channel 2 · height 2 · width 2]
      [`${dense}.weight`, tensor([1, 8], [1, 2, 3, 4, 5, 6, 7, 8])],
      [`${convolution}.num_batches_tracked`, { shape: [], values: undefined }],
    ])
  const read = (tensors: ReadonlyMap<string, FileTensor>, wanted = whole) => readPytorch(small(), tensors, wanted)
  const weights = (tensors: ReadonlyMap<string, FileTensor>, wanted = whole) => {
    const found = read(tensors, wanted)
    if ('what' in found) throw new Error(found.what)
    return Object.fromEntries([...found.weights].map(([name, values]) => [name, [...values]]))
  }

  test('kernels are turned, and a dense layer after flattening reads its picture channel by channel', () => {
    expect(weights(file())).toEqual({
      // [height 1, width 2, in 2, out 2]
      'conv1/kernel': [1, 5, 3, 7, 2, 6, 4, 8],
      'conv1/bias': [9, 10],
      // [height, width, channel]: each pixel's two channels together
      'out/kernel': [1, 5, 2, 6, 3, 7, 4, 8],
    })
  })

  test('modules are found by name, by the names given, and by what stands before all', () => {
    expect(weights(file('conv1', 'fc'))['conv1/bias']).toEqual([9, 10])
    const prefixed = new Map([...file('conv1', 'fc')].map(([name, value]) => [`module.${name}`, value]))
    expect(weights(prefixed)['out/kernel']).toHaveLength(8)
    expect(weights(file('b', 'a'), { names: { conv1: 'b' }, fresh: [] })['conv1/bias']).toEqual([9, 10])
    const found = read(file('conv1', 'x'))
    expect('matches' in found && found.matches.map(({ ours, module, by }) => [...ours.layers, module.name, by])).toEqual([
      ['conv1', 'conv1', 'name'],
      ['out', 'x', 'order'],
    ])
  })

  test('a layer that is to keep its first weights is left out, and what the file has for it is no fault', () => {
    expect(Object.keys(weights(file(), { names: {}, fresh: ['out'] }))).toEqual(['conv1/kernel', 'conv1/bias'])
  })

  test.each([
    ['a layer that is not there', file(), { names: { conv9: '0' }, fresh: [] }, 'the network has no layer conv9 with weights'],
    ['a module that is not there', file(), { names: { conv1: 'zero' }, fresh: [] }, 'there is no module zero in it'],
    ['too few modules', new Map([...file()].slice(0, 2)), whole, 'of its modules of the kind dense, 0 are left for 1 layers'],
    [
      'too many modules',
      new Map([...file(), ['9.weight', tensor([1, 8], Array(8).fill(0))]]),
      whole,
      'of its modules of the kind dense, 2 are left for 1 layers',
    ],
    [
      'another shape',
      new Map([...file(), ['2.weight', tensor([2, 4], Array(8).fill(0))]]),
      whole,
      '2.weight is [2, 4] where the network needs [1, 8]',
    ],
    ['a bias too many', new Map([...file(), ['2.bias', tensor([1], [0])]]), whole, '2.bias has no place in the layer'],
    [
      'a bias too few',
      new Map([...file()].filter(([name]) => name !== '0.bias')),
      whole,
      '0.bias is not there where the network needs [2]',
    ],
  ])('%s is said', (_, tensors, wanted, what) => {
    expect(read(tensors, wanted)).toMatchObject({ what })
  })
})

const torch = torchVersion()
if (torch === undefined) console.log(`skipped: weights out of PyTorch. ${python} cannot import torch; PYTHON names a Python that can.`)

test.skipIf(torch === undefined)(
  'networks that PyTorch made and named give the logits that PyTorch gives',
  async () => {
    const folder = await temporaryFolder()
    execFileSync(python, [join(import.meta.dirname, 'torch_networks.py'), folder])
    const models: Model<Arch>[] = [lenet300(), conv2(), vgg(11), resnet(20), mobilenetV2()]
    for (const { spec } of models) {
      const file = join(folder, `${spec.name}.safetensors`)
      const bound = boundNetwork(engine, spec)
      const read = readPytorch(bound.model, readWeightsFile(readFileSync(file), file), whole)
      if ('what' in read) throw new Error(`${spec.name}: ${read.what}`)
      bound.load(read.weights)
      const given = JSON.parse(readFileSync(join(folder, `${spec.name}.json`), 'utf8')) as {
        images: number[]
        shape: number[]
        logits: number[]
      }
      const logits = await engine.read(bound.logits(engine.tf.tensor(given.images, given.shape), false))
      const apart = Math.max(...given.logits.map((logit, i) => Math.abs(logit - logits[i]!)))
      expect([spec.name, apart / Math.max(1, ...given.logits.map(Math.abs)) < 1e-4]).toEqual([spec.name, true])
      if (spec.name === 'resnet') expect(new Set(read.matches.map(({ by }) => by))).toEqual(new Set(['name']))
    }
  },
  600_000,
)
