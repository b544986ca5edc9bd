/** Layers on sequences [batch, length, features] in ONNX, whose windows slide over the last axes. */
import { padsOf, pair } from '../window.ts'
import { activated } from './activation.ts'
import { inOurOrder } from './computations.ts'
import { biasOf, convolved, filtersFirst } from './convolution.ts'
import type { Graph } from './graph.ts'
import type { LayerToWrite, WriteLayer } from './layer.ts'
import { dataTypes } from './model.ts'

export const sequenceKinds: { readonly [kind: string]: WriteLayer } = {
  /** Tokens given as floats are truncated to integers, as in our layers. */
  Embedding: inOurOrder((layer, graph, input) => {
    const { shape, data } = layer.weight('embeddings')!
    const tokens = graph.add('Cast', `${layer.name}/tokens`, [input], { to: dataTypes.int64 })
    return graph.add('Gather', layer.name, [graph.constant(`${layer.name}/embeddings`, shape, data), tokens], { axis: 0 })
  }),

  RepeatVector({ name, config, inputs }, graph) {
    const step = graph.add('Unsqueeze', `${name}/step`, [inputs[0]!, graph.integers(`${name}/axis`, [1])])
    return graph.add('Expand', name, [step, graph.integers(`${name}/steps`, [1, Number(config.n), 1])])
  },

  Conv1D: (layer, graph) =>
    activated(layer, graph, (to) =>
      featuresLast(
        graph,
        to,
        convolved(featuresFirst(layer, graph), graph, `${to}/each`, {
          kernel: filtersFirst(layer.weight('kernel')!),
          bias: biasOf(layer, graph),
        }),
      ),
    ),

  MaxPooling1D: (layer, graph) => pooling('MaxPool', layer, graph),
  AveragePooling1D: (layer, graph) => pooling('AveragePool', layer, graph),
  GlobalMaxPooling1D: ({ name, inputs }, graph) => graph.add('ReduceMax', name, inputs, { axes: [1], keepdims: 0 }),
}

const turn = [0, 2, 1] as const

const featuresFirst = (layer: LayerToWrite, graph: Graph): LayerToWrite => ({
  ...layer,
  inputs: [graph.add('Transpose', `${layer.name}/features_first`, layer.inputs, { perm: turn })],
})

const featuresLast = (graph: Graph, name: string, value: string): string => graph.add('Transpose', name, [value], { perm: turn })

function pooling(operator: string, layer: LayerToWrite, graph: Graph): string {
  const [[window], [strides]] = [pair(layer.config.poolSize), pair(layer.config.strides)]
  const { inputs } = featuresFirst(layer, graph)
  const attributes = { kernel_shape: [window], strides: [strides], pads: padsOf(layer, [window], [strides]) }
  return featuresLast(graph, layer.name, graph.add(operator, `${layer.name}/each`, inputs, attributes))
}
