/** A network as a list of PyTorch modules in order of computation, the input of `load.py`. Plain data. */
import type { LayersModel } from '../../../stdlib/engine.ts'
import { type BuiltLayer, layersOf } from '../../../stdlib/models/structure/rebuild.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import { padsOf, pair, reach } from '../window.ts'
import { headsIn } from './attention.ts'
import { type Strange, strangeLayer } from './layers.ts'
import { namesIn } from './names.ts'
import { recurrentIn } from './recurrent.ts'

export interface TorchModule {
  /** Module path: `layer1.0.conv1`. */
  readonly name: string
  readonly kind: string
  /** Names of its input modules; `input` is the network's input. */
  readonly reads: readonly string[]
  readonly options: { readonly [option: string]: Option }
}

type Option = number | boolean | string | readonly number[] | null

interface Reading {
  readonly config: { readonly [option: string]: unknown }
  readonly from: readonly number[]
  readonly to: readonly number[]
}
type Tell = (layer: Reading) => readonly [kind: string, options: TorchModule['options']] | undefined

const kinds: { readonly [kind: string]: Tell } = {
  Dense: ({ config, from, to }) => [
    'linear',
    { in: from.at(-1)!, out: to.at(-1)!, bias: config.useBias !== false, activation: ending(config) },
  ],
  Conv2D: (layer) => convolution(layer, 1),
  DepthwiseConv2D: (layer) => convolution(layer, layer.from[2]!),
  // Keras' momentum is the weight of the old value, PyTorch's that of the new one.
  BatchNormalization: ({ config, from }) => [
    'norm',
    { channels: from.at(-1)!, flat: from.length === 1, epsilon: Number(config.epsilon), momentum: 1 - Number(config.momentum) },
  ],
  Activation: ({ config }) => ['activation', { activation: ending(config) }],
  ReLU: ({ config }) => [
    'activation',
    config.maxValue == null ? { activation: 'relu' } : { activation: 'clip', most: Number(config.maxValue) },
  ],
  LeakyReLU: ({ config }) => ['activation', { activation: 'leaky_relu', slope: Number(config.alpha) }],
  ZeroPadding2D({ config }) {
    const [[top, bottom], [left, right]] = config.padding as readonly [readonly [number, number], readonly [number, number]]
    return ['pad', { pads: [top, left, bottom, right] }]
  },
  MaxPooling2D: (layer) => pooling('maximum', layer),
  AveragePooling2D: (layer) => pooling('mean', layer),
  GlobalAveragePooling2D: () => ['mean', { window: null }],
  GlobalMaxPooling2D: () => ['maximum', { window: null }],
  Flatten: () => ['flatten', {}],
  Add: () => ['sum', {}],
  Concatenate: () => ['concatenation', {}],
  Dropout: ({ config }) => ['dropout', { rate: Number(config.rate) }],
  Pointwise: ({ config }) => (config.function === 'gelu' ? ['activation', { activation: 'gelu' }] : undefined),
  LayerNormalization: ({ config, from }) =>
    from.length === 3 ? undefined : ['layer_norm', { features: from.at(-1)!, epsilon: Number(config.epsilon) }],
  Embedding: ({ config, from }) =>
    from.length === 1 && config.maskZero !== true
      ? ['embedding', { tokens: Number(config.inputDim), features: Number(config.outputDim) }]
      : undefined,
  Bidirectional: (layer) => recurrent('Bidirectional', layer),
  LSTM: (layer) => recurrent('LSTM', layer),
  SimpleRNN: (layer) => recurrent('SimpleRNN', layer),
  Positions: ({ from }) => ['positions', { places: from[0]!, features: from[1]! }],
  Attention: ({ config }) => ['attention', { size: Number(config.size), causal: config.causal === true }],
  GlobalAveragePooling1D: () => ['mean_of_places', {}],
  /** The pixels of an image as a sequence. */
  Reshape: ({ from, to }) => (from.length === 3 && to.length === 2 && to[1] === from[2] ? ['places', {}] : undefined),
}

/** Kinds supported on sequences [batch, length, features]; for others, PyTorch's order of axes differs. */
const ofSequences = new Set([
  ...['Dense', 'Activation', 'ReLU', 'LeakyReLU', 'Pointwise', 'Add', 'Dropout', 'Flatten'],
  ...['LayerNormalization', 'Bidirectional', 'LSTM', 'SimpleRNN', 'Positions', 'Attention', 'GlobalAveragePooling1D'],
])

/** Activations with the same name in Keras and PyTorch. */
const activations = ['gelu', 'relu', 'sigmoid', 'tanh', 'elu', 'selu', 'softplus', 'softsign', 'softmax']

/** The layer's activation; null for none. */
const ending = ({ activation }: Reading['config']): string | null =>
  activation === undefined || activation === null || activation === 'linear' ? null : String(activation)

function convolution({ config, from, to }: Reading, groups: number): ReturnType<Tell> {
  const [window, strides, dilations] = [pair(config.kernelSize), pair(config.strides), pair(config.dilationRate)]
  const pads = padsOf({ config, from, to }, reach(window, dilations), strides)
  const sizes = { in: from[2]!, out: to[2]!, window, strides, dilations, groups, pads }
  return ['convolution', { ...sizes, bias: config.useBias !== false, activation: ending(config) }]
}

function recurrent(kind: string, { config, from, to }: Reading): ReturnType<Tell> {
  const found = recurrentIn(kind, config)
  if (found === undefined) return undefined
  const { module, both, config: own } = found
  const sizes = { in: from.at(-1)!, out: both ? to.at(-1)! / 2 : to.at(-1)! }
  const options = { ...sizes, bias: own.useBias !== false, every: own.returnSequences === true, ...(both ? { both } : {}) }
  return [module, module === 'rnn' ? { ...options, nonlinearity: String(own.activation) } : options]
}

function pooling(kind: string, layer: Reading): ReturnType<Tell> {
  const [window, strides] = [pair(layer.config.poolSize), pair(layer.config.strides)]
  return [kind, { window, strides, pads: padsOf(layer, window, strides) }]
}

/** In order of computation; the last module returns the logits. */
export function torchModules(model: LayersModel): readonly TorchModule[] | Strange {
  const layers = layersOf(model)
  const attentions = headsIn(model)
  if (typeof attentions === 'string') return { layer: attentions, kind: 'Attention' }
  const names = namesIn(model)
  const made = new Map([[model.inputs[0]!.id, 'input']])
  const modules: TorchModule[] = []
  const taken = new Set<string>()
  for (const layer of layers) {
    const heads = attentions.find(({ attention, projections }) => attention === layer || projections.includes(layer))
    // The projections become one module, at the position of the last one.
    if (heads?.projections.slice(0, -1).includes(layer)) continue
    const { inputTensors, outputTensors } = layer.inboundNodes[0]!
    const [from, to] = [inputTensors[0]!.shape.slice(1).map(Number), outputTensors[0]!.shape.slice(1).map(Number)]
    const kind = layer.getClassName()
    const told = from.length === 2 && !ofSequences.has(kind) ? undefined : kinds[kind]?.({ config: layer.getConfig(), from, to })
    const projects = heads !== undefined && heads.attention !== layer
    const name = names(projects ? `${heads.attention.name}_qkv` : layer.name)[0]!
    const activation = told?.[1].activation
    const strange = typeof activation === 'string' && !['clip', 'leaky_relu', ...activations].includes(activation)
    if (told === undefined || strange || taken.has(name) || (kind === 'Flatten' && !readByDense(layer, layers))) return strangeLayer(layer)
    taken.add(name)
    const reads = heads?.attention === layer ? [made.get(inputTensors.at(-1)!.id)!] : inputTensors.map(({ id }) => made.get(id)!)
    const options = projects ? { ...told[1], out: heads.projections.length * heads.width } : told[1]
    modules.push({ name, kind: told[0], reads, options })
    made.set(outputTensors[0]!.id, name)
  }
  return modules
}

/** Whether only dense layers read a flattened image: PyTorch flattens channels-first, and only their kernels are permuted. */
function readByDense(flatten: BuiltLayer, layers: readonly BuiltLayer[]): boolean {
  const { inputTensors, outputTensors } = flatten.inboundNodes[0]!
  const shape = inputTensors[0]!.shape.slice(1).map(Number)
  if (shape.length !== 3 || shape[2] === 1 || sizeOf(shape.slice(0, 2)) === 1) return true
  const open = [outputTensors[0]!.id]
  for (const id of open)
    for (const reader of layers) {
      const { inputTensors: reads, outputTensors: gives } = reader.inboundNodes[0]!
      if (!reads.some((tensor) => tensor.id === id)) continue
      if (['Dropout', 'Activation'].includes(reader.getClassName())) open.push(gives[0]!.id)
      else if (reader.getClassName() !== 'Dense') return false
    }
  return true
}
