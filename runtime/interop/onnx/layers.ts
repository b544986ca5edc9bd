/**
 * ONNX export of each kind of layer. Images are [batch, channels, height, width] in ONNX and [batch, height, width, channels] here. Kernels
 * are transposed, and images are transposed back before flattening, so that later layers receive their inputs in our order.
 */
import { padsOf, pair } from '../window.ts'
import { activated } from './activation.ts'
import { computationKinds, inOurOrder } from './computations.ts'
import { biasOf, convolved, depthwise, filtersFirst } from './convolution.ts'
import type { Graph } from './graph.ts'
import type { LayerToWrite, WriteLayer } from './layer.ts'
import { float } from './model.ts'
import { insideOf, recurrentKinds } from './recurrent.ts'
import { sequenceKinds } from './sequences.ts'

export const layerKinds: { readonly [kind: string]: WriteLayer } = {
  Dense(layer, graph) {
    const { name, inputs } = layer
    const kernel = layer.weight('kernel')!
    const matrix = graph.constant(`${name}/kernel`, kernel.shape, kernel.data)
    if (layer.from.length === 1)
      return activated(layer, graph, (to) => graph.add('Gemm', to, [inputs[0]!, matrix, ...biasOf(layer, graph)]))
    // Gemm accepts only matrices.
    return inOurOrder((_, __, input) => {
      const product = (to: string): string => {
        const [bias] = biasOf(layer, graph)
        const made = graph.add('MatMul', bias === undefined ? to : `${to}/product`, [input, matrix])
        return bias === undefined ? made : graph.add('Add', to, [made, bias])
      }
      return activated(layer, graph, product, layer.to.length)
    })(layer, graph)
  },

  /** A dense layer at each time step. */
  TimeDistributed: (layer, graph) => layerKinds.Dense!({ ...layer, config: insideOf(layer.config)!.config }, graph),

  Conv2D: (layer, graph) =>
    activated(layer, graph, (to) =>
      convolved(layer, graph, to, { kernel: filtersFirst(layer.weight('kernel')!), bias: biasOf(layer, graph) }),
    ),

  DepthwiseConv2D: (layer, graph) =>
    activated(layer, graph, (to) => convolved(layer, graph, to, { ...depthwise(layer.weight('kernel')!), bias: biasOf(layer, graph) })),

  /** A depthwise convolution followed by a pointwise one. */
  SeparableConv2D(layer, graph) {
    const { name } = layer
    const first = `${name}/depthwise`
    const deep = convolved({ ...layer, name: first }, graph, first, depthwise(layer.weight('depthwise_kernel')!))
    const { shape, data } = filtersFirst(layer.weight('pointwise_kernel')!)
    const kernel = graph.constant(`${name}/pointwise_kernel`, shape, data)
    return activated(layer, graph, (to) => graph.add('Conv', to, [deep, kernel, ...biasOf(layer, graph)], { kernel_shape: [1, 1] }))
  },

  BatchNormalization(layer, graph) {
    const { name, config, inputs } = layer
    const channels = layer.from.at(-1)!
    const roles = [
      ['gamma', 1],
      ['beta', 0],
      ['moving_mean', 0],
      ['moving_variance', 1],
    ] as const
    const weights = roles.map(([role, without]) => {
      const data = layer.weight(role)?.data ?? new Float32Array(channels).fill(without)
      return graph.constant(`${name}/${role}`, [channels], data)
    })
    return graph.add('BatchNormalization', name, [inputs[0]!, ...weights], { epsilon: float(Number(config.epsilon)) })
  },

  Activation: (layer, graph) => activated(layer, graph, () => layer.inputs[0]!),

  ReLU({ name, config, inputs }, graph) {
    if (config.maxValue === null || config.maxValue === undefined) return graph.add('Relu', name, inputs)
    const limits = [0, Number(config.maxValue)].map((limit, i) =>
      graph.constant(`${name}/${i === 0 ? 'least' : 'most'}`, [], Float32Array.of(limit)),
    )
    return graph.add('Clip', name, [...inputs, ...limits])
  },

  LeakyReLU: ({ name, config, inputs }, graph) => graph.add('LeakyRelu', name, inputs, { alpha: float(Number(config.alpha)) }),

  ZeroPadding2D({ name, config, inputs }, graph) {
    const [[top, bottom], [left, right]] = config.padding as readonly [readonly [number, number], readonly [number, number]]
    return graph.add('Pad', name, [inputs[0]!, graph.integers(`${name}/pads`, [0, 0, top, left, 0, 0, bottom, right])])
  },

  MaxPooling2D: (layer, graph) => pooling('MaxPool', layer, graph),
  AveragePooling2D: (layer, graph) => pooling('AveragePool', layer, graph),

  GlobalAveragePooling2D: (layer, graph) => flat(graph.add('GlobalAveragePool', `${layer.name}/mean`, layer.inputs), layer, graph),
  GlobalMaxPooling2D: (layer, graph) => flat(graph.add('GlobalMaxPool', `${layer.name}/most`, layer.inputs), layer, graph),

  Flatten(layer, graph) {
    const [input] = layer.inputs
    const ours = layer.from.length === 3 ? graph.add('Transpose', `${layer.name}/channels_last`, [input!], { perm: [0, 2, 3, 1] }) : input!
    return flat(ours, layer, graph)
  },

  Add: ({ name, inputs }, graph) =>
    inputs.slice(1).reduce((sum, each, i) => graph.add('Add', i + 2 === inputs.length ? name : `${name}/${i}`, [sum, each]), inputs[0]!),

  // No effect at inference.
  Dropout: ({ inputs }) => inputs[0]!,

  ...computationKinds,
  ...recurrentKinds,
  ...sequenceKinds,
}

function pooling(operator: string, layer: LayerToWrite, graph: Graph): string {
  const [window, strides] = [pair(layer.config.poolSize), pair(layer.config.strides)]
  return graph.add(operator, layer.name, layer.inputs, { kernel_shape: window, strides, pads: padsOf(layer, window, strides) })
}

const flat = (input: string, { name }: LayerToWrite, graph: Graph): string => graph.add('Flatten', name, [input], { axis: 1 })
