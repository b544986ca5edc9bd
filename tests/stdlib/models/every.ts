/** Every built-in network, the large families by their smallest members. */
import type { LayersModel } from '../../../stdlib/engine.ts'
import {
  type Arch,
  bnConv,
  conv2,
  convNet,
  lenet5,
  lenet300,
  lstm,
  type Model,
  mobilenetV2,
  preResNet,
  resnet,
  resnet8x4,
  resnet32x4,
  vgg,
  vit,
  wide,
  wrn,
} from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { topologyOf } from '../../../stdlib/models/structure/topology.ts'
import { type Network, sizeOf } from '../../../stdlib/network.ts'
import { Stream } from '../../../stdlib/random/stream.ts'

export const small: { readonly [name: string]: Model<Arch> } = {
  'LeNet-300-100': lenet300(),
  wide: wide(),
  'LeNet-5': lenet5(),
  conv2: conv2(),
  bnConv: bnConv([16, 32, 64]),
  'Conv-2': convNet(2),
  'Conv-4': convNet(4),
  'Conv-6': convNet(6),
  'VGG-11': vgg(11),
  'ResNet-20': resnet(20),
  'ResNet-8x4': resnet8x4(),
  'PreResNet-20': preResNet(20),
  'PreResNet-164': preResNet(164),
  'WRN-16-1': wrn(16, 1),
  'WRN-10-2': wrn(10, 2, { dropout: 0.3 }),
  MobileNetV2: mobilenetV2(),
}

/** Those that a model.json is not read back for. */
export const transformers: { readonly [name: string]: Model<Arch> } = {
  'ViT-2': vit(2, { width: 24, heads: 3, mlp: 40 }),
  'ViT-6': vit(6),
}

export const languageModels: { readonly [name: string]: Model<Arch> } = {
  'LSTM-2': lstm([12, 9], { vocabulary: 11, embedding: 7 }),
}

export const large: { readonly [name: string]: Model<Arch> } = {
  'VGG-16': vgg(16),
  'VGG-19': vgg(19),
  'VGG-16, hidden': vgg(16, { classifier: 'hidden' }),
  'ResNet-8': resnet(8),
  'ResNet-14': resnet(14),
  'ResNet-32': resnet(32),
  'ResNet-56': resnet(56),
  'ResNet-110': resnet(110),
  'ResNet-32x4': resnet32x4(),
  'PreResNet-110': preResNet(110),
  'WRN-16-4': wrn(16, 4),
  'WRN-40-2': wrn(40, 2),
}

export type Spec = Model<Arch>['spec']

/** Networks for CIFAR on half its height and width: enough for all their strides. */
export const specOf = ({ spec, input }: Model<Arch>): Spec =>
  input?.[0] === 32 ? { name: spec.name, options: { ...spec.options, input: [16, 16, 3] } } : spec

export const numbers = (seed: number, count: number, from: number, to: number) => {
  const stream = new Stream(seed, 'init', 0)
  return Float32Array.from({ length: count }, () => from + (to - from) * stream.uniform())
}

/** As after training: no bias is zero, no scale one, no factor of a member like another's. */
export const lived = (spec: Spec, model: LayersModel): Network => {
  const topology = topologyOf(spec, model)
  const weights = new Map(initialise(topology, 1))
  for (const [p, { name, role, shape }] of topology.parameters.entries()) {
    if (role === 'kernel') continue
    const [from, to] = role === 'moving_mean' || role === 'beta' || role === 'bias' ? [-0.3, 0.3] : [0.7, 1.3]
    weights.set(name, numbers(p, sizeOf(shape), from, to))
  }
  return { topology, weights, masks: new Map() }
}
