import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine, LayersModel, Tensor } from '../../../stdlib/engine.ts'
import {
  type Arch,
  adam,
  batchEnsemble,
  bnConv,
  cifar10,
  cifar100,
  csv,
  digits,
  emnist,
  fashion,
  hub,
  imageFolder,
  lenet300,
  type Model,
  mnist,
  mnist1d,
  mobilenetV2,
  parquet,
  resnet,
  resnet8x4,
  resnet32x4,
  task,
  vgg,
  wrn,
} from '../../../stdlib/index.ts'
import { topologyOf } from '../../../stdlib/models/structure/topology.ts'
import { sizeOf, type Topology } from '../../../stdlib/network.ts'
import { buildModel } from '../../../stdlib/network-registry.ts'
import { large, small, transformers } from './every.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const built = <T>({ spec }: Pick<Model<Arch>, 'spec'>, use: (topology: Topology, model: LayersModel) => T): T => {
  const model = buildModel(engine.tf, spec)
  const result = use(topologyOf(spec, model), model)
  model.dispose()
  return result
}

/** Running statistics are no parameters. */
const count = ({ parameters }: Topology): number =>
  parameters.filter(({ trainable }) => trainable).reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** Filters or units by layer; a depthwise kernel's last axis is its multiplier. */
const widths = ({ parameters }: Topology): { [layer: string]: number } =>
  Object.fromEntries(
    parameters
      .filter(({ role }) => role === 'kernel')
      .map(({ layer, shape }) => [layer, shape.at(-1) === 1 ? shape.at(-2)! : shape.at(-1)!]),
  )

/** Published where there is a number for exactly this network; else worked out by hand from its layers. */
const parameters: { readonly [name: string]: number } = {
  'LeNet-300-100': 266_610,
  wide: 1_088_310,
  'LeNet-5': 431_080,
  conv2: 206_922,
  bnConv: 9 * (16 + 16 * 32 + 32 * 64) + 2 * (16 + 32 + 64) + 650,
  'Conv-2': 4_301_642,
  'Conv-4': 2_425_930,
  'Conv-6': 1_145_408 + (4096 * 256 + 256) + (256 * 256 + 256) + 2570,
  'VGG-11': 9_231_114,
  'VGG-16': 14_728_266,
  'VGG-19': 20_040_522,
  // No biases of convolutions, a layer of 512 with batch norm more.
  'VGG-16, hidden': 14_728_266 - (2 * 64 + 2 * 128 + 3 * 256 + 6 * 512) + 512 * 513 + 2 * 512,
  'ResNet-8': 78_042,
  'ResNet-14': 175_258,
  'ResNet-20': 272_474,
  'ResNet-32': 466_906,
  'ResNet-56': 855_770,
  'ResNet-110': 1_730_714,
  'ResNet-8x4': 1_233_540 - 90 * 257,
  'ResNet-32x4': 7_433_860 - 90 * 257,
  'PreResNet-110': 1_730_522,
  'PreResNet-164': 1_703_258,
  'WRN-16-4': 2_748_890,
  'WRN-40-2': 2_243_546,
  // 64 patches of 128: its convolution, positions, six blocks with norms, four projections and the MLP, the last norm, the output.
  'ViT-6': 6_272 + 8_192 + 6 * (512 + 4 * 16_512 + 66_048 + 65_664) + 256 + 1_290,
  MobileNetV2: 3_504_872 - 990 * 1281,
}

describe('as many parameters as are published, in the layers that the facts name', () => {
  test.each(Object.entries({ ...small, ...transformers, ...large }))('%s', (name, model) => {
    built(model, (topology) => {
      expect(topology.outputLayer).toBe('out')
      expect(widths(topology)).toEqual(model.arch.layers)
      if (parameters[name] !== undefined) expect(count(topology)).toBe(parameters[name])
    })
  })

  test('for other numbers of classes: ResNet-8x4, ResNet-32x4 of CIFAR-100, MobileNetV2 of ImageNet', () => {
    expect(built(resnet8x4({ classes: 100 }), count)).toBe(1_233_540)
    expect(built(resnet32x4({ classes: 100 }), count)).toBe(7_433_860)
    expect(built(mobilenetV2({ classes: 1000 }), count)).toBe(3_504_872)
  })

  test('the facts say whether there are channels, batch norm, and a map before the classifier', () => {
    for (const model of Object.values(small))
      built(model, ({ parameters }, { layers }) => {
        const kinds = layers.map((layer) => layer.getClassName())
        const { channels, norm, features } = model.arch
        expect({ channels, norm, features }).toEqual({
          channels: kinds.includes('Conv2D') ? 'has channels' : 'has no channels',
          norm: parameters.some(({ role }) => role === 'gamma') ? 'batch-norm' : 'no batch-norm',
          features: kinds.includes('GlobalAveragePooling2D') ? 'feature map' : 'feature vector',
        })
      })
  })
})

describe('images come from the data', () => {
  const settings = { data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 }
  const modelIn = (model: Model<Arch>) => {
    const pipeline = task({ model: model as Model<Arch & { classes: 10 }>, ...settings }).init() as unknown as {
      node: { options: { model: Model<Arch>['spec'] } }
    }
    return pipeline.node.options.model
  }

  test('a network for CIFAR reads digits when it is given them', () => {
    const spec = modelIn(resnet(20))
    expect(spec).toEqual({ name: 'resnet', options: { depth: 20, input: [28, 28, 1] } })
    built({ spec }, (topology) => {
      expect(topology.input).toEqual([28, 28, 1])
      expect(count(topology)).toBe(272_474 - 2 * 9 * 16)
    })
  })

  test('what goes without saying is not said: descriptions of before stay as they were', () => {
    expect(modelIn(lenet300())).toEqual({ name: 'lenet300', options: {} })
    expect(modelIn(bnConv([4]))).toEqual({ name: 'bnConv', options: { widths: [4] } })
  })

  test.each([
    [digits(), [28, 28, 1]],
    [mnist(), [28, 28, 1]],
    [fashion(), [28, 28, 1]],
    [emnist('letters'), [28, 28, 1]],
    [mnist1d(), [40, 1, 1]],
    [cifar10(), [32, 32, 3]],
    [cifar100(), [32, 32, 3]],
    [csv({ from: 'a.csv', classes: 2, input: [4, 5, 6] }), [4, 5, 6]],
    [imageFolder({ from: 'a', classes: 2, size: [20, 30] }), [20, 30, 3]],
    [parquet({ from: 'a', classes: 2, size: [20, 30], channels: 1 }), [20, 30, 1]],
    [hub('a/b', { classes: 2, size: [8, 8] }), [8, 8, 3]],
  ] as const)('%o says which', ({ input }, expected) => {
    expect(input).toEqual(expected)
  })

  test('inside a batch ensemble', () => {
    const spec = modelIn(batchEnsemble(resnet(20), 2))
    expect(spec.options).toEqual({ of: { name: 'resnet', options: { depth: 20, input: [28, 28, 1] } }, members: 2 })
  })

  test.each(['VGG-11', 'MobileNetV2', 'LeNet-5', 'Conv-6', 'WRN-16-1', 'PreResNet-20'])('%s on 28 × 28 × 1', (name) => {
    expect(built({ spec: modelIn(small[name]!) }, ({ input, classes }) => ({ input, classes }))).toEqual({
      input: [28, 28, 1],
      classes: 10,
    })
  })
})

describe('how they begin', () => {
  const first = (model: Model<Arch>, parameter: string) =>
    built(model, ({ parameters }) => parameters.find(({ name }) => name === parameter)!.initializer)

  test.each([
    ['He-normal by fan-in', resnet(20), 'conv1/kernel', { kind: 'normal', std: Math.sqrt(2 / 27) }],
    ['He-normal by fan-out', wrn(10, 1), 'conv1/kernel', { kind: 'normal', std: Math.sqrt(2 / (9 * 16)) }],
    ["as PyTorch's linear layer", wrn(10, 1), 'out/kernel', { kind: 'uniform', limit: 1 / 8 }],
    ['N(0, 0.01²)', vgg(11), 'out/kernel', { kind: 'normal', std: 0.01 }],
    ['a depthwise window sees one channel', mobilenetV2(), 'block1_depthwise/kernel', { kind: 'normal', std: Math.sqrt(2 / 9) }],
    ['Glorot-normal', lenet300(), 'fc2/kernel', { kind: 'normal', std: Math.sqrt(2 / 400) }],
    ['Xavier of Caffe', small['LeNet-5']!, 'conv2/kernel', { kind: 'uniform', limit: Math.sqrt(3 / 500) }],
  ] as const)('%s', (_, model, parameter, expected) => {
    const { kind, ...size } = first(model, parameter)
    expect(kind).toBe(expected.kind)
    const { kind: __, ...wanted } = expected
    expect(Object.values(size)[0]).toBeCloseTo(Object.values(wanted)[0]!, 12)
  })

  test('batch norm and biases are neutral', () => {
    expect(first(vgg(11), 'conv1/bias')).toEqual({ kind: 'zeros' })
    expect(first(vgg(11), 'bn1/gamma')).toEqual({ kind: 'ones' })
    expect(first(vgg(16, { classifier: 'hidden' }), 'bn14/gamma')).toEqual({ kind: 'constant', value: 0.5 })
    expect(first(vgg(16, { classifier: 'hidden' }), 'fc1/kernel')).toEqual({ kind: 'normal', std: 0.01 })
    expect(first(vgg(11), 'bn1/moving_variance')).toEqual({ kind: 'ones' })
  })
})

describe('padding is symmetric, as in PyTorch', () => {
  /** A strided 3 × 3 convolution with weights of one over an image of ones counts the pixels under its window. */
  const seen = (model: Model<Arch>, layer: string): number[] =>
    built(model, (_, network) => {
      const { tf } = engine
      const strided = network.getLayer(layer)
      const before = strided.inboundNodes[0]!.inputTensors[0]!.sourceLayer
      expect(before.getClassName()).toBe('ZeroPadding2D')
      const size = before.inboundNodes[0]!.inputTensors[0]!.shape as number[]
      return tf.tidy(() => {
        const kernel = strided.weights[0]!.read()
        engine.assign(kernel as never, new Float32Array(kernel.size).fill(1))
        const counts = strided.apply(before.apply(tf.ones([1, ...size.slice(1)]))) as Tensor
        return [
          ...counts
            .slice([0, 0, 0, 0], [1, 2, 2, 1])
            .div(strided.getClassName() === 'Conv2D' ? size[3]! : 1)
            .dataSync(),
        ]
      })
    })

  test.each([
    ['ResNet', resnet(20), 'stage2_block1_conv1'],
    ['WRN', wrn(10, 1), 'stage3_block1_conv1'],
    ['bottleneck', small['PreResNet-164']!, 'stage2_block1_conv2'],
    ['MobileNetV2', mobilenetV2(), 'block4_depthwise'],
    ['bnConv', bnConv([4, 4]), 'conv1'],
  ])('%s', (_, model, layer) => {
    // Padding on one side only would begin with 9.
    expect(seen(model, layer)).toEqual([4, 6, 6, 9])
  })
})

test('a network that there is not is refused where it is asked for', () => {
  expect(() => resnet(18 as never)).toThrow('resnet() does not know this value of depth')
  expect(() => wrn(16, 0)).toThrow('wrn() was given a value of k that is out of range')
  expect(() => wrn(16, 1, { dropout: 1 })).toThrow('dropout')
  expect(() => lenet300({ classes: 1 })).toThrow('lenet300() was given a value of classes that is out of range')
  expect(() => lenet300({ units: 1 } as never)).toThrow("lenet300() has no option 'units'")
  expect(() => bnConv([8, 0])).toThrow('widths')
})
